"""Words that name no city by themselves, though there are towns of that name."""

import re

NO_CITY = re.compile(  # as a part of a text
    "(?:universit[a-z]*|college|institut[a-z]*|school|academy|cent(?:er|re)|centro|station|campus|hospital|laborator[a-z]*"
    "|research|street|road|avenue|clinic|nursing|department|faculty|division|section|unit|surgery|medicine|sciences?"
    "|engineering|technology|health|biology|chemistry|physics|park|north|south|east|west|building|floor|room|house|hall"
    "|block|dean|group|program|office|bureau|ministry|company|industry)"
)
NO_CITY_OF_INSTITUTION = re.compile(  # in the name of an institution
    "(?:asan|central|changcheng|christian|clinical|columbia|federal|foundation|fundacion|general|independence|international"
    "|jackson|kawasaki|la salle|liberty|lincoln|medical|military|national|providence|public|regional|royal|san juan"
    "|san martin|santa maria|state|temple|tohoku|tokai|victoria|washington|xinqiao|zhongshan)"
)
