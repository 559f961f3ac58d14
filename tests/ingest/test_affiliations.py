"""Affiliation texts: which city, region and economy they name; no Spark but in the last test."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from stclusters.ingest.affiliations import LATIN, _latin_words, read_affiliations
from stclusters.ingest.texts.affiliation import read_text
from stclusters.ingest.texts.city import place_city
from stclusters.ingest.texts.names import name_words
from stclusters.ingest.texts.places import packaged_places

# stated economy | text | city and economy that it names, or the economy and why there is no city
TEXTS = """
UNKNOWN|Laboratoire X, Université, 69007 Lyon Cedex 07, France|Lyon FR
UNKNOWN|Dept of Physics, MIT, Cambridge, MA 02139, USA|Cambridge US
UNKNOWN|University of Cambridge, Cambridge CB2 1TN, UK|Cambridge GB
UNKNOWN|University of Rochester, Rochester, New York, USA|Rochester US
UNKNOWN|Columbia University, New York, NY 10027, U.S.A.|New York City US
UNKNOWN|Now at Omanos Analytics London UK|London GB
UNKNOWN|National University of Singapore, Singapore|Singapore SG
FR|Research Centre, Paris|Paris FR
UNKNOWN|Mayo Street, Springfield, IL|Springfield US
UNKNOWN|Univ, Springfield, USA|- US city_ambiguous
UNKNOWN|CANARY, Person, France|- FR city_unknown
FR|These authors contributed equally to this work.|- FR city_unknown
UNKNOWN|Institut X; 75005 Paris; Frankreich|Paris FR
UNKNOWN|Département X, Lyon, France. E-mail: canary@example.org (corresponding author)|Lyon FR
UNKNOWN|Department of Physics  University X  Cambridge MA 02139 USA|Cambridge US
UNKNOWN|University of Rochester, NY 14627, USA|Rochester US
UNKNOWN|Department of the History and Philosophy of Science King's College London UK|London GB
UNKNOWN|Institute X, Copenhagen K, Denmark|Copenhagen DK
UNKNOWN|Instituto X, León, Mexico|León de los Aldama MX
UNKNOWN|Instituto X, Mexico|Mexico City MX
US|Emory University, Atlanta, Georgia|Atlanta US
UNKNOWN|UMR 6118 CNRS, Université de Lyon IF-350 69007Lyon-1, France|Lyon FR
ES|Universidad X, Granada|Granada ES
UNKNOWN|City University of Hong Kong, Kowloon, Hong Kong SAR, China|Kowloon HK
UNKNOWN|The University X, Sydney NSW 2006, Australia|Sydney AU
UNKNOWN|Brunel College, Gower Street, UK|- GB city_unknown
JP||- JP city_unknown

CA|2329 West Mall, Vancouver, British Columbia V6T 1Z4|Vancouver CA
AU|1 George Street, Sydney, New South Wales 2000|Sydney AU
AU|Newcastle, New South Wales 2308|Newcastle AU
UNKNOWN|Example University, Newcastle, New South Wales 2308|Newcastle AU
BE|Arlon, Luxembourg|Arlon BE
UNKNOWN|Esch-sur-Alzette, Luxembourg|Esch-sur-Alzette LU
US|Foo Labs, New Mexico 87545|- US region_only
US|Foo Labs, Suite 4, North Carolina 27709|- US region_only
US|Example Corp, West Virginia|- US region_only
UNKNOWN|Example Institute, Kansas, USA|- US region_only
UNKNOWN|Example Institute, Oklahoma, USA|- US region_only
UNKNOWN|Example University, Hunan Province, China|- CN region_only
UNKNOWN|Example University, Shanxi, 030001, PR China|- CN region_only
UNKNOWN|Example University, Kanagawa, Japan|- JP region_only
UNKNOWN|Example University, Gyeonggi-do, Korea|- KR region_only
UNKNOWN|Example Clinic, Andhra Pradesh, India|- IN region_only
UNKNOWN|Universidad X, Antioquia, Colombia|- CO region_only
DE|Beispiel GmbH, Nordrhein-Westfalen|- DE region_only
UNKNOWN|Inst. X, Hohhot, Inner Mongolia, China|Hohhot CN
UNKNOWN|Inst. X, Dresden, Saxony, Germany|Dresden DE
UNKNOWN|Inst. X, Dresden, Sachsen, Deutschland|Dresden DE
UNKNOWN|Inst. X, Garching, Bayern, Germany|Garching DE
UNKNOWN|Inst. X, Marburg, Hessen, Germany|Marburg an der Lahn DE
UNKNOWN|Dept X, Chapel Hill, North Carolina|Chapel Hill US
UNKNOWN|Dept X, Las Cruces, New Mexico|Las Cruces US
UNKNOWN|Dept X, Princeton, New Jersey|Princeton US
UNKNOWN|Dept X, Lebanon, New Hampshire|Lebanon US
UNKNOWN|Dept X, St. John's, Newfoundland and Labrador, Canada|St. John's CA
UNKNOWN|Dept X, Perth, Western Australia, Australia|Perth AU
UNKNOWN|Ospedale X San Martino, Genoa, Italy|Genoa IT
UNKNOWN|Ospedale X, Imola, Bologna, Italy|Imola IT
UNKNOWN|Hospital X, Vigo, Pontevedra, Spain|Vigo ES
UNKNOWN|Complejo X, Salamanca, Spain|Salamanca ES
UNKNOWN|Emory University, Atlanta, Georgia|Atlanta US
UNKNOWN|Example State University, Tbilisi, Georgia|Tbilisi GE
UNKNOWN|Univ. X, Batumi, Georgia|Batumi GE
UNKNOWN|Cardiff University, Cardiff, Wales|Cardiff GB
UNKNOWN|Queen's University, Belfast, Northern Ireland|Belfast GB
UNKNOWN|Ministry X, British Columbia|- CA region_only

UNKNOWN|Universitesi Tip Fakultesi, Kocaeli, Turkey|İzmit TR seat
UNKNOWN|Universitesi Tip Fakultesi, Sakarya, Türkiye|Adapazarı TR seat
TR|Kocaeli|İzmit TR seat

UNKNOWN|Institute, Tallinn, Estonia|Tallinn EE
SU|ul. Primernaya 5, Moscow|Moscow RU
SU|Kiev|Kyiv UA
SU|Minsk|Minsk BY
SU|Tiflis|Tbilisi GE
CS|Praha 6|Prague CZ
CS|Bratislava|Bratislava SK
YU|Zagreb|Zagreb HR
YU|Ljubljana|Ljubljana SI
YU|Beograd|Belgrade RS
AN|Willemstad|Willemstad CW
DD|Leipzig|Leipzig DE
SU|Nowhereville|- - city_unknown
UNKNOWN|Research Centre, Paris|Paris FR
UNKNOWN|Department X, Medical University, Taichung|Taichung TW
UNKNOWN|Univ X, Salt Lake City|Salt Lake City US
UNKNOWN|Univ X, Springfield|- - city_unknown
UNKNOWN|Department X, Boston Road|- - city_unknown
UNKNOWN|Department of Emergency.|- - city_unknown

UNKNOWN|Институт физики, Москва, Россия|Moscow RU
UNKNOWN|Институт, г. Новосибирск, Россия|Novosibirsk RU
UNKNOWN|Інститут, Київ, Україна|Kyiv UA
UNKNOWN|Πανεπιστήμιο, Αθήνα, Ελλάδα|Athens GR
UNKNOWN|深圳大学, 深圳市, 中国|Shenzhen CN
UNKNOWN|大学, 大阪市, 日本|Osaka JP
UNKNOWN|대학교, 서울특별시, 대한민국|Seoul KR
UNKNOWN|جامعة, القاهرة, مصر|Cairo EG
UNKNOWN|אוניברסיטה, חיפה, ישראל|Haifa IL
CN|广东省深圳市|Shenzhen CN
RU|Тюмень|Tyumen RU
KR|수원시|Suwon KR

CN|Institute X, Hong Kong|Hong Kong HK
CN|Institute X, Taipei|Taipei CN
CN|Macao|Macau MO
CN|Hsinchu|Hsinchu CN
SU|Leningrad|Saint Petersburg RU
BX|Brussels|Brussels BE
GB|Northern Ireland|- GB region_only
AU|South Australia|- AU region_only
UNKNOWN|東京大学, 東京都文京区, 日本|Bunkyo JP
RS|Institute X, Pristina|Pristina RS
PS|Al-Quds University, Jerusalem|Jerusalem PS
RU|Sevastopol|Sevastopol RU
MA|Laayoune|Laayoune MA
TR|Nicosia|Nicosia TR
FR|Saint-Denis, Réunion|Saint-Denis RE
US|San Juan, Puerto Rico|San Juan PR
UNKNOWN|National Taiwan University, Taipei, Taiwan, R.O.C.|Taipei TW
UNKNOWN|University X, Taipa, Macau, China|Taipa MO
UNKNOWN|University of Hong Kong, Hong Kong, China|Hong Kong HK
UNKNOWN|University X Clear Water Bay Kowloon Hong Kong 999077 China|Kowloon HK
UNKNOWN|Instituto X, UNAM, Querétaro 76230, Mexico|Santiago de Querétaro MX
UNKNOWN|Faculty of Medicine, Chuo, Japan|- JP city_ambiguous
UNKNOWN|Nara Medical University, Kashihara, Japan|- JP city_ambiguous

NL|'s-Gravenhage|The Hague NL
UNKNOWN|Instituut X, Den Haag, Nederland|The Hague NL
DE|Frankfurt a.M.|Frankfurt am Main DE
DE|60596 Frankfurt a. M.|Frankfurt am Main DE
DE|Frankfurt/Main|Frankfurt am Main DE
DE|Frankfurt am Main|Frankfurt am Main DE
DE|Frankfurt (Oder)|Frankfurt (Oder) DE
DE|Freiburg i. Br.|Freiburg DE
UNKNOWN|Univ., Halle, Germany|Halle (Saale) DE
UNKNOWN|Univ., 06120 Halle (Saale), Germany|Halle (Saale) DE
AT|Sankt Pölten|Sankt Pölten AT
AT|St. Pölten|Sankt Pölten AT
CH|St. Gallen|Sankt Gallen CH
FR|Ste. Foy les Lyon|Sainte-Foy-lès-Lyon FR
US|Saint Louis, MO|St. Louis US
UNKNOWN|Harvard University, Cambridge, Mass.|Cambridge US
UNKNOWN|Georgetown University, Washington, D.C., USA|Washington US
UNKNOWN|Georgetown University, Washington, DC|Washington US
UNKNOWN|Chengdu University, Chengdu-610059, P.R. China|Chengdu CN
UNKNOWN|University X, 210093Nanjing, Peoples R China|Nanjing CN
UNKNOWN|University X, Wuhan, PR China|Wuhan CN
UNKNOWN|University X, Wuhan, People's Republic of China|Wuhan CN
UNKNOWN|University X, Daejeon, Republic of Korea|Daejeon KR
UNKNOWN|University X, Santiago, Republic of Chile|Santiago CL
UNKNOWN|University X, Hanoi, Viet Nam|Hanoi VN
UNKNOWN|University X, Ankara, Türkiye|Ankara TR
UNKNOWN|University X, Jakarta, IDN|Jakarta ID
UNKNOWN|University X, Kaohsiung, Taiwan|Kaohsiung TW
UNKNOWN|University X, Edinburgh, Scotland, UK|Edinburgh GB
UNKNOWN|University X, Leeds, England|Leeds GB
UNKNOWN|Klinik X, Bristol, Großbritannien|Bristol GB
UNKNOWN|Univ X (Canary), Pune, India. Electronic address: canary@example.org.|Pune IN
UNKNOWN|Dept A, Univ X, Aarhus, Denmark; Dept B, Hospital X, Aarhus.|Århus DK
UNKNOWN|Dept A, Warwick, UK; Dept B, London, UK.|London GB
UNKNOWN|Dept A, Nashville, TN (A.B.C., D.E.)|Nashville US
UNKNOWN|Dept A, Milan, Italy (Dr Canary)|Milan IT
UNKNOWN|Univ X, Porto Alegre-RS 90040-060, Brazil|Porto Alegre BR
UNKNOWN|Institut X, Potsdam-Golm, Germany|Potsdam DE
UNKNOWN|Klinik X, Tübingen, Baden-Württemberg, Germany|Tübingen DE
UNKNOWN|University X, Tel Aviv, Israel|Tel Aviv IL
UNKNOWN|University X, Fayoum, Egypt|Al Fayyum EG

UNKNOWN|Ghent University, Belgium|Gent BE institution
UNKNOWN|University of Barcelona, Spain|Barcelona ES
UNKNOWN|Tabriz University of Medical Sciences, Iran|Tabriz IR institution
UNKNOWN|Washington University School of Medicine, USA|St. Louis US institution
UNKNOWN|University of Washington Tacoma, USA|Tacoma US
UNKNOWN|Department X, Emory University|Atlanta US institution
UNKNOWN|Harvard Medical School, Paris, France|Paris FR
UNKNOWN|Temple University Hospital, USA|- US city_unknown
UNKNOWN|Fuzhou General Hospital of Nanjing Military Command, China|- CN city_unknown
UNKNOWN|University of Georgia, USA|Athens US institution
UNKNOWN|University of California, USA|- US city_unknown
"""
CASES = [tuple(line.split("|")) for line in TEXTS.strip().splitlines() if line]


@pytest.mark.parametrize(("stated", "text", "named"), CASES, ids=[f"{stated} {text}"[:60] for stated, text, _ in CASES])
def test_a_text_names_its_place_or_why_it_names_none(stated: str, text: str, named: str) -> None:
    found = read_text(text, stated, packaged_places())
    mark = found.reason or {None: "", "seat of its region": "seat"}.get(found.accuracy, "institution")
    assert " ".join(filter(None, (found.city if found.match else "-", found.economy or "-", mark))) == named


@pytest.mark.parametrize(("stated", "text", "named"), CASES, ids=[f"{stated} {text}"[:60] for stated, text, _ in CASES])
def test_what_a_text_names_is_found_again_by_its_city_region_and_economy(stated: str, text: str, named: str) -> None:
    places = packaged_places()
    found = read_text(text, stated, places)
    again = place_city(found.city, found.region, found.economy or "UNKNOWN", places)
    if found.match and "seat" not in named:
        assert again.place is not None
        assert places.name[again.place].as_py() == found.city
        assert found.lon in (None, places.lon[again.place])
    if not found.match:
        assert again.place is None


def test_texts_are_read_in_spark_once_each_and_hold_no_more_than_the_place(spark: SparkSession) -> None:
    asked = {(text, stated) for stated, text, _ in CASES} | {(None, "FR")}
    rows = spark.createDataFrame([*asked, *asked], "text string, stated string")
    found = {(row["text"], row["stated"]): row for row in read_affiliations(rows).collect()}
    assert set(found) == asked
    assert read_affiliations(rows).count() == len(asked)
    for stated, text, _ in CASES:
        place = read_text(text, stated, packaged_places())
        got = found[text, stated]
        assert (got["city"], got["region"], got["economy"], got["city_lon"], got["city_lat"]) == place[:5]
        assert got["accuracy"] == place.accuracy
    said = str(list(found.values()))
    assert not [row for row in found.values() if "CANARY" in str(row[2:])], said


def test_the_words_of_a_latin_name_are_the_same_in_spark(spark: SparkSession) -> None:
    names = [*LATIN, *(text for _, text, _ in CASES if name_words(text).isascii())]
    rows = spark.createDataFrame([(name,) for name in names], "name string")
    made = rows.select("name", _latin_words(F.col("name")).alias("words")).collect()
    assert {row["name"]: row["words"] for row in made if name_words(row["name"]).isascii()} == {
        name: name_words(name) for name in names if name_words(name).isascii()
    }
