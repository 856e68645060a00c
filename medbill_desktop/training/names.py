"""Names, streets and towns of people who don't exist, in the mixture of scripts that a front desk meets.

Every Latin word here has five letters or more, so that a search for it in encrypted bytes cannot hit by chance.
"""

from typing import Final

LAST: Final = (
    "Abernathy", "Albrecht", "Anderssen", "Ashworth", "Bannister", "Barrington", "Beauchamp", "Bellweather",
    "Benedetti", "Blackwood", "Brandvold", "Braithwaite", "Brightwell", "Cardwell", "Castellano", "Chamberlin",
    "Clearwater", "Colebrook", "Copperfield", "Crawshaw", "Culpepper", "Dallimore", "Delacroix", "Dettweiler",
    "Donnelly", "Drummond", "Eastwick", "Ellingsen", "Emerson", "Fairbanks", "Farnsworth", "Featherstone",
    "Fitzwilliam", "Forrester", "Galbraith", "Gallagher", "Goldsmith", "Greenhalgh", "Grimshaw", "Halloran",
    "Hargreaves", "Hathaway", "Hawthorne", "Henriksen", "Hollingsworth", "Huckleby", "Ingersoll",
    "Jefferson", "Kavanaugh", "Kettering", "Kingsbury",
    "Kowalczyk", "Langstrom", "Lattimore", "Lindqvist", "Lockhart", "MacAllister", "Marchetti", "Merriweather",
    "Middleton", "Montague", "Nakamura", "Nightingale", "Northcott", "Oglethorpe", "Okonkwo", "Oyelaran", "Pemberton",
    "Pendergast", "Quackenbush", "Rasmussen", "Ravenscroft", "Richardson", "Rosenthal", "Rutherford", "Sandoval",
    "Satterfield", "Sinclair", "Somerville", "Stapleton", "Sutherland", "Tallmadge", "Thistlewood", "Thorvaldsen",
    "Underhill", "Vandermeer", "Venkataraman", "Villanueva", "Wadsworth", "Weatherby", "Wellington", "Whitcombe",
    "Winterbourne", "Woodhouse", "Yarborough", "Zimmerman",
)  # fmt: skip
LAST_ACCENTED: Final = (
    "Núñez", "García-Rodríguez", "Björklund", "Dvořáková", "Łukaszewicz", "Çelikkol", "Müllenhoff", "Ångström",
    "Þórsdóttir", "Lefèvre", "Gonçalves", "Šimůnek", "Strauß", "O'Donoghue", "D’Agostino", "Nguyễn", "Kovačević",
)  # fmt: skip
FEMALE: Final = (
    "Adelaide", "Annabelle", "Beatrice", "Bernadette", "Caroline", "Charlotte", "Clementine", "Delphine", "Dorothea",
    "Eleanor", "Florence", "Genevieve", "Gwendolyn", "Harriet", "Henrietta", "Imogene", "Isadora", "Josephine",
    "Katherine", "Lavinia", "Lucinda", "Magdalena", "Margaret", "Marisol", "Millicent", "Nathalie", "Octavia",
    "Ophelia", "Penelope", "Philippa", "Rosalind", "Seraphina", "Sylvia", "Theodora", "Veronica", "Winifred", "Yolanda",
    "Zenobia",
)  # fmt: skip
MALE: Final = (
    "Algernon", "Ambrose", "Archibald", "Augustus", "Barnaby", "Bartholomew", "Benedict", "Bradford", "Broderick",
    "Cornelius", "Desmond", "Ebenezer", "Emmanuel", "Ferdinand", "Frederick", "Gregory", "Harrison", "Horatio",
    "Ignatius", "Jeremiah", "Jonathan", "Lancelot", "Leopold", "Maximilian", "Montgomery", "Nathaniel", "Octavius",
    "Percival", "Quentin", "Reginald", "Roderick", "Sebastian", "Sylvester", "Thaddeus", "Theodore", "Valentine",
    "Wilfred", "Zachary",
)  # fmt: skip
FEMALE_ACCENTED: Final = ("Zoë-Marie", "Inés María", "Françoise", "Małgorzata", "Siobhán", "Jóhanna", "Agnès-Chloé")
MALE_ACCENTED: Final = ("José Ángel", "Jürgen", "Søren Emil", "Bohumír", "François", "Václav", "Ólafur")

# Last, first, sex, and the name in Latin letters that an envelope carries.
OTHER_SCRIPTS: Final = (
    ("Παπαδοπούλου", "Ελένη", "F", "Eleni Papadopoulou"),
    ("Οικονόμου", "Δημήτριος", "M", "Dimitrios Oikonomou"),
    ("Кузнецова", "Людмила", "F", "Lyudmila Kuznetsova"),
    ("Шевченко", "Тарас", "M", "Taras Shevchenko"),
    ("欧阳", "秀英", "F", "Xiuying Ouyang"),
    ("司马", "建国", "M", "Jianguo Sima"),
    ("長谷川", "美智子", "F", "Michiko Hasegawa"),
    ("선우", "현정", "F", "Hyunjung Sunwoo"),
    ("الحدّاد", "ليلى", "F", "Layla Al-Haddad"),
    ("المنصوري", "يوسف", "M", "Yousef Al-Mansouri"),
    ("בן־דוד", "נעמי", "F", "Naomi Ben-David"),
    ("श्रीवास्तव", "प्रिया", "F", "Priya Shrivastava"),
)

STREETS: Final = (
    "Juniper Hollow", "Cobblestone", "Saltmarsh", "Whippoorwill", "Lanternlight", "Mulberry Bend", "Quarry Hill",
    "Thistledown", "Granary", "Heronswood", "Fiddlehead", "Larkspur", "Millrace", "Nettlebrook", "Old Ferry",
    "Partridge Run", "Rocking Horse", "Sandpiper", "Tamarack", "Weathervane", "Yellow Birch", "Candlewick", "Driftwood",
    "Foxglove", "Goldfinch", "Huckleberry", "Ironstone", "Kingfisher", "Meadowlark", "Periwinkle",
)  # fmt: skip
STREET_KINDS: Final = ("Street", "Road", "Lane", "Avenue", "Court", "Terrace", "Way")
TOWNS: Final = (
    ("Rockport", "ME", "04856"), ("Camden", "ME", "04843"), ("Belfast", "ME", "04915"), ("Thomaston", "ME", "04861"),
    ("Waldoboro", "ME", "04572"), ("Damariscotta", "ME", "04543"), ("Searsport", "ME", "04974"),
    ("Union", "ME", "04862"), ("Portsmouth", "NH", "03801"), ("Newburyport", "MA", "01950"),
)  # fmt: skip
AREA_CODES: Final = ("207", "603", "978", "617", "508", "413", "802", "401", "203", "860")
