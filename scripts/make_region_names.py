"""Makes the shipped names of regions from the registry packages that carry the Unicode CLDR.

    npm pack cldr-subdivisions-full@48.2.0 cldr-core@48.2.0               # then unpack each into a folder of its name
    python scripts/make_region_names.py CLDR_SUBDIVISIONS_FULL CLDR_CORE

It writes `lib/stclusters/data/region_names.csv`: the names of regions with the code that the gazetteer has for the
first-order region which each is or lies in. `level` is 1 for a first-order region, 2 for a part of one (a county, a
department), 0 for an abbreviation, which counts only in capitals. A name is stored as it is compared (`region_words`).
The names are those of the gazetteer, those of the CLDR in English, and `VARIANTS`: the languages of the economies.
"""

import csv
import io
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from stclusters.ingest.texts.names import name_key, name_words  # noqa: E402 (path set above)
from stclusters.ingest.texts.regions import region_words  # noqa: E402 (path set above)

DATA = ROOT / "lib" / "stclusters" / "data"
TARGET = DATA / "region_names.csv"
LONGEST_CODE = 3
# English name in the gazetteer or the CLDR = other names
VARIANTS = {
    "AE": "Abu Dhabi=Abu Zabi; Sharjah=Al Sharjah",
    "AR": "Cordoba=Córdoba; Buenos Aires F.D.=CABA,Ciudad Autónoma de Buenos Aires,Capital Federal; "
    "Entre Rios=Entre Ríos",
    "AT": "Carinthia=Kärnten; Lower Austria=Niederösterreich; Upper Austria=Oberösterreich; Styria=Steiermark; "
    "Tyrol=Tirol; Vienna=Wien",
    "AU": "New South Wales=NSW,N.S.W.; Victoria=Vic; Queensland=Qld; South Australia=SA; Western Australia=WA; "
    "Tasmania=Tas; Australian Capital Territory=ACT,A.C.T.; Northern Territory=NT",
    "BE": "Brussels Capital=Bruxelles-Capitale,Brussels Hoofdstedelijk Gewest,Brussels-Capital Region; "
    "Flanders=Vlaanderen,Flandre; Wallonia=Wallonie; Antwerp=Antwerpen; Hainaut=Henegouwen; Limburg=Limbourg; "
    "Luxembourg=Luxemburg; East Flanders=Oost-Vlaanderen; West Flanders=West-Vlaanderen; "
    "Flemish Brabant=Vlaams-Brabant; Walloon Brabant=Brabant Wallon",
    "BR": "Federal District=Distrito Federal",
    "CA": "Quebec=Québec,Qc,Que,P.Q.; British Columbia=B.C.,Colombie-Britannique; Ontario=Ont; Alberta=Alta; "
    "Nova Scotia=Nouvelle-Écosse; New Brunswick=Nouveau-Brunswick; Newfoundland and Labrador=Newfoundland; "
    "Manitoba=Man; Saskatchewan=Sask; Prince Edward Island=PEI,Île-du-Prince-Édouard",
    "CH": "Basel-City=Basel-Stadt,Bâle-Ville; Basel-Landschaft=Baselland,Bâle-Campagne; Geneva=Genève,Genf; "
    "Grisons=Graubünden; Lucerne=Luzern; Saint Gallen=St. Gallen; Ticino=Tessin; Valais=Wallis; Vaud=Waadt; "
    "Zurich=Zürich; Fribourg=Freiburg; Thurgau=Thurgovie",
    "CN": "Guangxi=Guangxi Zhuang Autonomous Region,Kwangsi,广西; Inner Mongolia=Nei Mongol,Neimenggu,Nei Menggu,"
    "Inner-Mongolia,内蒙古; Ningxia=Ningxia Hui Autonomous Region,宁夏; Xinjiang=Xinjiang Uygur Autonomous Region,"
    "Xinjiang Uyghur Autonomous Region,Sinkiang,新疆; Tibet=Xizang,西藏; Guangdong=Kwangtung,广东,廣東; "
    "Shaanxi=Shaan Xi,Shannxi,陕西; Shanxi=山西; Jiangsu=Kiangsu,Jiang Su,江苏,江蘇; Zhejiang=Chekiang,Zhe Jiang,浙江; "
    "Anhui=安徽; Fujian=Fukien,福建; Gansu=甘肃; Guizhou=Kweichow,贵州; Hainan=海南; Hebei=Hopeh,河北; "
    "Heilongjiang=Hei Long Jiang,黑龙江; Henan=Honan,河南; Hubei=Hupeh,湖北; Hunan=湖南; Jiangxi=Kiangsi,江西; "
    "Jilin=Kirin,吉林; Liaoning=辽宁; Qinghai=青海; Shandong=Shantung,Shan Dong,山东; Sichuan=Szechuan,Si Chuan,四川; "
    "Yunnan=云南",
    "CO": "Valle del Cauca Department=Valle; Bogota D.C.=Distrito Capital,Bogotá Distrito Capital",
    "CZ": "South Moravian=Jihomoravský,South Moravia; Central Bohemia=Středočeský; Jihočeský kraj=South Bohemia,"
    "South Bohemian; Karlovarský kraj=Karlovy Vary Region; Královéhradecký kraj=Hradec Králové Region; "
    "Liberecký kraj=Liberec Region; Moravskoslezský=Moravian-Silesian; Olomoucký=Olomouc Region; "
    "Pardubický=Pardubice Region; Plzeň Region=Plzeňský; Ústecký kraj=Ústí nad Labem Region; Zlín=Zlínský",
    "DE": "Bavaria=Bayern; Baden-Wurttemberg=Baden-Württemberg,Baden-Wuerttemberg,Baden Württemberg,BW; Hesse=Hessen; "
    "Lower Saxony=Niedersachsen; North Rhine-Westphalia=Nordrhein-Westfalen,NRW,Northrhine-Westphalia,"
    "North-Rhine Westphalia; Rheinland-Pfalz=Rhineland-Palatinate; Saxony=Sachsen; Saxony-Anhalt=Sachsen-Anhalt; "
    "Thuringia=Thüringen; Mecklenburg-Vorpommern=Mecklenburg-Western Pomerania,Mecklenburg-West Pomerania; "
    "City state Bremen=Freie Hansestadt Bremen; Schleswig-Holstein=Schleswig Holstein",
    "DK": "Capital Region=Region Hovedstaden,Capital Region of Denmark,Hovedstaden; Central Jutland=Midtjylland,"
    "Region Midtjylland,Central Denmark Region; North Denmark=Nordjylland,North Jutland; South Denmark=Syddanmark,"
    "Region of Southern Denmark; Zealand=Sjælland,Region Sjælland",
    "EG": "Sharqia=Sharkia,Al Sharqia,Sharqiya; Dakahlia=Dakahliya; Gharbia=Gharbiya; Monufia=Menoufia,Menofia,"
    "Minufiya,Menoufiya; Qalyubia=Qalyubiya,Kalubia,Qaliubiya; Beheira=Behera,Behira; Faiyum=Fayoum; "
    "Kafr el-Sheikh=Kafr El Shaikh",
    "ES": "Andalusia=Andalucía; Aragon=Aragón; Balearic Islands=Illes Balears,Islas Baleares,Balears; "
    "Basque Country=País Vasco,Euskadi; Canary Islands=Canarias,Islas Canarias; Castille and León=Castilla y León,"
    "Castile and León,Castilla-León; Castille-La Mancha=Castilla-La Mancha,Castile-La Mancha; "
    "Catalonia=Cataluña,Catalunya; Navarre=Navarra; Valencia=Comunitat Valenciana,Comunidad Valenciana,"
    "Valencian Community; Asturias=Principado de Asturias; Madrid=Comunidad de Madrid; Murcia=Región de Murcia; "
    "Biscay=Vizcaya,Bizkaia; Gipuzkoa=Guipúzcoa; Lleida=Lérida; Girona=Gerona",
    "FI": "Southwest Finland=Varsinais-Suomi; Lapland=Lappi; North Ostrobothnia=Pohjois-Pohjanmaa; Uusimaa=Nyland",
    "FR": "Île-de-France=Ile de France,IDF; Brittany=Bretagne; Normandy=Normandie; Corsica=Corse; "
    "Provence-Alpes-Côte d'Azur=PACA; Centre=Centre-Val de Loire; Bourgogne-Franche-Comté=Bourgogne,Burgundy,"
    "Franche-Comté; Grand Est=Alsace,Lorraine,Champagne-Ardenne; Occitanie=Midi-Pyrénées,Languedoc-Roussillon; "
    "Nouvelle-Aquitaine=Aquitaine,Limousin,Poitou-Charentes; Hauts-de-France=Nord-Pas-de-Calais,Picardie,Picardy; "
    "Auvergne-Rhône-Alpes=Rhône-Alpes,Auvergne",
    "GB": "Wales=Cymru",
    "GR": "Attica=Attiki,Attikis,Αττική; Crete=Kriti,Κρήτη; Thessaly=Thessalia; Epirus=Ipeiros; "
    "Central Macedonia=Macedonia",
    "HU": "",
    "ID": "West Java=Jawa Barat; Central Java=Jawa Tengah; East Java=Jawa Timur; Yogyakarta=DIY,"
    "Daerah Istimewa Yogyakarta,Special Region of Yogyakarta; Jakarta=DKI Jakarta; West Sumatra=Sumatera Barat; "
    "North Sumatra=Sumatera Utara; South Sumatra=Sumatera Selatan; South Sulawesi=Sulawesi Selatan; "
    "North Sulawesi=Sulawesi Utara; Central Sulawesi=Sulawesi Tengah; Southeast Sulawesi=Sulawesi Tenggara; "
    "East Nusa Tenggara=Nusa Tenggara Timur; West Nusa Tenggara=Nusa Tenggara Barat; East Kalimantan=Kalimantan Timur; "
    "South Kalimantan=Kalimantan Selatan; West Kalimantan=Kalimantan Barat; Central Kalimantan=Kalimantan Tengah; "
    "Riau Islands=Kepulauan Riau",
    "IN": "Odisha=Orissa; Puducherry=Pondicherry; Uttarakhand=Uttaranchal; Chhattisgarh=Chattisgarh; "
    "Tamil Nadu=Tamilnadu; Uttar Pradesh=U.P.; Madhya Pradesh=M.P.; Andhra Pradesh=A.P.; "
    "Jammu and Kashmir=Jammu & Kashmir,J&K; Delhi=NCT of Delhi,Delhi NCT,NCT; West Bengal=W.B.",
    "IR": "Razavi Khorasan=Khorasan Razavi,Khorasan; East Azerbaijan=East Azarbaijan,Azarbaijan-e Sharqi; "
    "West Azerbaijan=West Azarbaijan,Azarbaijan-e Gharbi; Fars=Pars; Markazi=Central Province; Isfahan=Esfahan; "
    "Gilan Province=Guilan; Sistan and Baluchestan=Sistan & Baluchestan,Sistan va Baluchestan",
    "IT": "Apulia=Puglia; Lombardy=Lombardia; Piedmont=Piemonte; Sardinia=Sardegna; Sicily=Sicilia; Tuscany=Toscana; "
    "Basilicate=Basilicata; The Marches=Marche; Lazio=Latium; Trentino-Alto Adige=Trentino-South Tyrol,Südtirol,"
    "South Tyrol,Alto Adige,Trentino; Aosta Valley=Valle d'Aosta; Friuli Venezia Giulia=Friuli; Emilia-Romagna=Emilia",
    "JP": "Hokkaido=北海道; Hyōgo=兵庫; Kanagawa=神奈川; Aichi=愛知; Ibaraki=茨城; Okinawa=沖縄; Shiga=滋賀; "
    "Ishikawa=石川; "
    "Miyagi=宮城; Mie=三重; Iwate=岩手; Tochigi=栃木; Gunma=群馬,Gumma; Ehime=愛媛; Kagawa=香川; "
    "Oita=Ōita; Kochi=Kōchi",
    "KR": "Gyeonggi-do=Gyeonggi,Kyonggi-do,Kyunggi-do,Kyeonggi-do,Gyunggi-do,Kyungki-do,Kyoungki-do,경기도; "
    "Gangwon-do=Gangwon,Kangwon-do,Kangwon,강원도; "
    "North Chungcheong=Chungcheongbuk-do,Chungbuk,Chungchongbuk-do,Chungcheongbuk; "
    "Chungcheongnam-do=South Chungcheong,Chungnam,Chungchongnam-do,Chungcheongnam; "
    "Jeollabuk-do=North Jeolla,Jeonbuk,Chonbuk,Cheonbuk,Chollabuk-do,Jeonbuk-do; "
    "Jeollanam-do=South Jeolla,Jeonnam,Chonnam,Chollanam-do; "
    "Gyeongsangbuk-do=North Gyeongsang,Gyeongbuk,Kyungbuk,Kyongbuk,Kyungsangbuk-do; "
    "Gyeongsangnam-do=South Gyeongsang,Gyeongnam,Kyungnam,Kyongnam,Kyungsangnam-do; Jeju-do=Jeju Island,Cheju-do",
    "MX": "Mexico City=CDMX,D.F.,Distrito Federal,Ciudad de México; México=Estado de México,Edo. de México,"
    "State of Mexico,Edomex; Michoacán=Michoacán de Ocampo; Veracruz=Veracruz de Ignacio de la Llave",
    "MY": "Penang=Pulau Pinang; Melaka=Malacca; Johor=Johor Darul Takzim,Johore; "
    "Selangor=Selangor Darul Ehsan; Negeri Sembilan=Negri Sembilan",
    "NL": "North Holland=Noord-Holland; South Holland=Zuid-Holland; North Brabant=Noord-Brabant; Friesland=Fryslân",
    "NO": "",
    "NZ": "",
    "PK": "Khyber Pakhtunkhwa=KPK,K.P.K.,KP,NWFP; Azad Kashmir=AJK,Azad Jammu and Kashmir; Punjab=Panjab; Sindh=Sind",
    "PL": "Lower Silesia=Dolnośląskie,Dolny Śląsk; Lesser Poland=Małopolska,Małopolskie; Greater Poland=Wielkopolska,"
    "Wielkopolskie; Mazovia=Mazowsze,Mazowieckie,Masovia,Masovian; Silesia=Śląsk,Śląskie; Pomerania=Pomorskie; "
    "West Pomerania=Zachodniopomorskie; Subcarpathia=Podkarpackie; Podlasie=Podlaskie; "
    "Warmia-Masuria=Warmińsko-Mazurskie; Lubusz=Lubuskie; Łódź Voivodeship=Łódzkie; Lublin=Lubelskie; "
    "Opole Voivodeship=Opolskie; Kujawsko-Pomorskie=Kuyavian-Pomeranian",
    "PT": "Azores=Açores,Região Autónoma dos Açores",
    "RU": "Tatarstan Republic=Tatarstan,Татарстан; Bashkortostan Republic=Bashkortostan,Bashkiria,Башкортостан; "
    "Sakha=Yakutia,Sakha (Yakutia),Якутия; Primorye=Primorsky Krai,Primorskiy,Приморский край; "
    "Leningradskaya Oblast'=Leningrad Region,Leningrad Oblast,Ленинградская область; Moscow Oblast=Moscow Region,"
    "Moskovskaya Oblast,Московская область; Kuzbass=Kemerovo Oblast,Kemerovo Region; "
    "Arkhangelskaya=Arkhangelsk Oblast; Khabarovsk=Khabarovsk Krai; Buryatiya Republic=Buryatia; Chuvash Republic="
    "Chuvashia; Udmurtiya Republic=Udmurtia,Udmurt; Mordoviya Republic=Mordovia; Mariy-El Republic=Mari El; "
    "Adygeya Republic=Adygea; Kalmykiya Republic=Kalmykia; Khanty-Mansia=Khanty-Mansi,KhMAO; Komi=Komi Republic; "
    "Sverdlovsk Oblast=Свердловская область; Novosibirsk Oblast=Новосибирская область; Altai Krai=Алтайский край",
    "SA": "Mecca Region=Makkah,Makkah Al Mukarramah; Medina Region=Madinah,Al Madinah; Eastern Province=Ash Sharqiyah,"
    "Eastern Region; Jazan Region=Jizan; Al-Qassim Region=Qassim,Al Qasim; 'Asir Region=Aseer",
    "SE": "Skåne=Scania,Skane; Västra Götaland=Vastra Gotaland; Dalarna=Dalecarlia",
    "TR": "Hatay=Antakya Province; Kahramanmaraş=K. Maraş",
    "TW": "Taiwan=Taiwan Province",
    "US": "District of Columbia=D.C.,Washington DC; Alabama=Ala.; Arizona=Ariz.; Arkansas=Ark.; "
    "California=Calif.,Cal.; "
    "Colorado=Colo.; Connecticut=Conn.; Delaware=Del.; Florida=Fla.; Georgia=Ga.; Illinois=Ill.; Indiana=Ind.; "
    "Kansas=Kans.; Kentucky=Ky.; Louisiana=La.; Maryland=Md.; Massachusetts=Mass.; Michigan=Mich.; Minnesota=Minn.; "
    "Mississippi=Miss.; Missouri=Mo.; Montana=Mont.; Nebraska=Nebr.,Neb.; Nevada=Nev.; New Hampshire=N.H.; "
    "New Jersey=N.J.; New Mexico=N.M.,N. Mex.; New York=N.Y.,New York State; North Carolina=N.C.; North Dakota=N.D.; "
    "Ohio=Oh.; Oklahoma=Okla.; Oregon=Ore.; Pennsylvania=Penn.,Penna.; Rhode Island=R.I.; South Carolina=S.C.; "
    "South Dakota=S.D.; Tennessee=Tenn.; Texas=Tex.; Vermont=Vt.; Virginia=Va.; Washington=Wash.; "
    "West Virginia=W.Va.; Wisconsin=Wis.,Wisc.; Wyoming=Wyo.",
    "VN": "Ho Chi Minh=TP HCM; Thừa Thiên Huế Province=Thua Thien-Hue",
    "ZA": "KwaZulu-Natal=KZN,Kwazulu Natal; Western Cape=Wes-Kaap; Eastern Cape=Oos-Kaap; North West=North-West",
}
CITY_ELSEWHERE = (("RU", "leningrad"),)  # a city's name alone, of a region in which the city is not
CODES_OF_OTHERS = ("AU", "BR", "CA", "IN", "IT", "MX", "US")  # whose addresses write abbreviations


def main(subdivisions: Path, core: Path) -> None:
    """Reads the two unpacked packages and writes the names, sorted."""
    english = json.loads((subdivisions / "package/subdivisions/en/en.json").read_text(encoding="utf-8"))
    english = english["subdivisions"]["localeDisplayNames"]["subdivisions"]
    parts = json.loads((core / "package/supplemental/subdivisionContainment.json").read_text(encoding="utf-8"))
    parent = {
        one: code for code, row in parts["supplemental"]["subdivisionContainment"].items() for one in row["_contains"]
    }
    stored = pq.read_table(DATA / "gazetteer.parquet", columns=["economy", "region", "region_name"]).to_pylist()
    names = Names({(row["economy"], row["region"]): row["region_name"] for row in stored if row["region_name"]})
    add_variants(names, strict=False)  # of the gazetteer's regions, so that those of the CLDR are known by them
    first = {code: names.code_of(code[:2].upper(), name) for code, name in english.items()}
    for code, name in sorted(english.items()):
        economy, region, level = code[:2].upper(), first[code], 1
        above = code
        while region is None and above in parent:
            above, level = parent[above], 2
            region = first.get(above)
        if region:
            names.add(economy, name, region, level)
            if economy in CODES_OF_OTHERS and code[2:].isalpha() and 1 < len(code[2:]) <= LONGEST_CODE:
                names.add(economy, code[2:], region, 0)
    add_variants(names, strict=True)
    names.write()


def add_variants(names: "Names", strict: bool) -> None:
    """Adds `VARIANTS`; `SystemExit` for one of no region if `strict`."""
    for economy, lines in VARIANTS.items():
        for line in filter(None, lines.split("; ")):
            name, others = line.split("=")
            found = names.found(economy, name)
            if strict and found is None:
                raise SystemExit(f"{economy} {name}: names no region, or several: correct VARIANTS.")
            for other in others.split(",") if found else ():
                names.add(economy, other, *found)


class Names:
    """The names of the regions: what each economy calls them."""

    def __init__(self, regions: dict[tuple[str, str], str]) -> None:
        self.rows: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for (economy, region), name in sorted(regions.items()):
            self.add(economy, name, region, 1)

    def add(self, economy: str, name: str, region: str, level: int) -> None:
        """Adds a name of a region; an abbreviation in capitals has level 0, and a level of 2 yields to others."""
        for words in {name_words(name), region_words(name_words(name))} - {""}:
            key = name_key(words)
            if (economy, key) in CITY_ELSEWHERE:
                continue
            if level and len(key) <= LONGEST_CODE and key.isascii() and name.upper() == name:
                self.rows[economy, key].setdefault(region, 0)  # NSW
            elif level < 2 or not self.rows[economy, key]:
                known = self.rows[economy, key].get(region)
                self.rows[economy, key][region] = level if known is None else max(min(known, level), 0)

    def code_of(self, economy: str, name: str) -> str | None:
        """The code of the only region of a name, else None."""
        found = self.rows.get((economy, name_key(region_words(name_words(name)))), {})
        return next(iter(found)) if len(found) == 1 else None

    def found(self, economy: str, name: str) -> tuple[str, int] | None:
        """The code and level of the only region of a name, else None."""
        rows = self.rows.get((economy, name_key(name_words(name))), {})
        return next(iter(rows.items())) if len(rows) == 1 else None

    def write(self) -> None:
        """Writes the names that stand for one region of their economy."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("economy", "name", "region", "level"))
        one: list[tuple[Any, ...]] = [
            (economy, key, *next(iter(rows.items()))) for (economy, key), rows in self.rows.items() if len(rows) == 1
        ]
        writer.writerows(sorted(one))
        TARGET.write_text(text.getvalue(), encoding="utf-8")
        print(f"{TARGET}: {len(one)} names, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
