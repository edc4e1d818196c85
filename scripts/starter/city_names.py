"""Hand-made names: Kazakhstan's towns with their former names, and some capitals.

Kept by hand because GeoNames' alternate names carry no language here. Sources: official
names in Kazakh and Russian in use in 2022-2024; former names from the history of renaming.
"""

from __future__ import annotations

# GeoNames id -> (English, Kazakh, Russian, other and former names separated by "|")
KAZAKHSTAN: dict[int, tuple[str, str, str, str]] = {
    1526384: ("Almaty", "Алматы", "Алматы", "Alma-Ata|Алма-Ата|Verny|Верный|Vernyi"),
    1526273: (
        "Astana",
        "Астана",
        "Астана",
        "Nur-Sultan|Нур-Султан|Нұр-Сұлтан|Tselinograd|Целиноград|Akmola|Акмола|Ақмола"
        "|Akmolinsk|Акмолинск",
    ),
    1518980: ("Shymkent", "Шымкент", "Шымкент", "Chimkent|Чимкент"),
    610611: ("Aktobe", "Ақтөбе", "Актобе", "Aqtobe|Aktyubinsk|Актюбинск"),
    609655: ("Karaganda", "Қарағанды", "Караганда", "Qaraghandy|Karagandy"),
    1516905: (
        "Taraz",
        "Тараз",
        "Тараз",
        "Dzhambul|Джамбул|Zhambyl|Жамбыл|Jambyl|Aulie-Ata|Аулие-Ата|Әулиеата|Mirzoyan|Мирзоян",
    ),
    1519922: (
        "Kyzylorda",
        "Қызылорда",
        "Кызылорда",
        "Qyzylorda|Kzyl-Orda|Кзыл-Орда|Perovsk|Перовск|Ak-Mechet|Ак-Мечеть|Ақмешіт",
    ),
    608668: ("Oral", "Орал", "Уральск", "Uralsk|Ural'sk"),
    1520240: ("Pavlodar", "Павлодар", "Павлодар", "Koryakovskaya|Коряковская|Кереку"),
    1520316: (
        "Oskemen",
        "Өскемен",
        "Усть-Каменогорск",
        "Ust-Kamenogorsk|Öskemen|Ust Kamenogorsk",
    ),
    1519422: ("Semey", "Семей", "Семей", "Semipalatinsk|Семипалатинск"),
    610529: ("Atyrau", "Атырау", "Атырау", "Guryev|Гурьев|Guriev|Gur'yev"),
    1517945: ("Turkistan", "Түркістан", "Туркестан", "Turkestan|Yasi|Яссы|Hazrat"),
    1519928: ("Kostanay", "Қостанай", "Костанай", "Qostanay|Kustanay|Кустанай|Kustanai"),
    1520172: ("Petropavl", "Петропавл", "Петропавловск", "Petropavlovsk|Қызылжар|Kyzylzhar"),
    1518262: ("Temirtau", "Теміртау", "Темиртау", "Samarkandsky|Самаркандский"),
    1522203: ("Kokshetau", "Көкшетау", "Кокшетау", "Kokchetav|Кокчетав"),
    610612: ("Aktau", "Ақтау", "Актау", "Aqtau|Shevchenko|Шевченко"),
    1519843: ("Rudny", "Рудный", "Рудный", "Rudnyy|Rudnyi"),
    1524325: ("Ekibastuz", "Екібастұз", "Экибастуз", "Ekibastuz"),
    1518542: ("Taldykorgan", "Талдықорған", "Талдыкорган", "Taldyqorghan|Taldy-Kurgan|Талды-Курган"),
    1516589: ("Zhezkazgan", "Жезқазған", "Жезказган", "Zhezqazghan|Jezkazgan|Dzhezkazgan|Джезказган"),
    607610: ("Zhanaozen", "Жаңаөзен", "Жанаозен", "Novy Uzen|Новый Узень|Zhangaozen"),
    1525798: ("Balkhash", "Балқаш", "Балхаш", "Balqash|Balkash"),
    1519691: ("Sarkand", "Сарқан", "Сарканд", "Sarqan|Sarkan|Сарқант"),
    1521368: ("Baikonur", "Байқоңыр", "Байконур", "Leninsk|Ленинск|Baykonur|Bayqongyr|Tyuratam|Тюратам"),
    1520692: ("Satbayev", "Сәтбаев", "Сатпаев", "Satpayev|Satpaev|Nikolsky|Никольский"),
    1522751: ("Kentau", "Кентау", "Кентау", "Mirgalimsay|Миргалимсай"),
    1521370: ("Ridder", "Риддер", "Риддер", "Leninogorsk|Лениногорск"),
    609123: ("Kulsary", "Құлсары", "Кульсары", "Qulsary"),
    1519244: ("Shchuchinsk", "Щучинск", "Щучинск", "Schuchinsk|Бурабай"),
    1537939: ("Stepnogorsk", "Степногорск", "Степногорск", ""),
    1516438: ("Altai", "Алтай", "Алтай", "Zyryanovsk|Зыряновск|Altay"),
    1524298: ("Aksu", "Ақсу", "Аксу", "Yermak|Ермак|Aqsu"),
    1516601: ("Zhitikara", "Жітіқара", "Житикара", "Dzhetygara|Джетыгара"),
    1519725: ("Saran", "Саран", "Сарань", ""),
    1518518: ("Talgar", "Талғар", "Талгар", "Talghar"),
    1519948: ("Konaev", "Қонаев", "Конаев", "Konayev|Kapshagay|Капшагай|Қапшағай|Kapchagay|Капчагай"),
    1526193: ("Arkalyk", "Арқалық", "Аркалык", "Arqalyq"),
    1519327: ("Shakhtinsk", "Шахтинск", "Шахтинск", "Тентек"),
    1521315: ("Lisakovsk", "Лисаковск", "Лисаковск", ""),
    1519030: ("Shu", "Шу", "Шу", "Chu|Чу"),
    1519938: ("Karatau", "Қаратау", "Каратау", "Qaratau|Chulaktau|Чулактау"),
    1524385: ("Zhetisay", "Жетісай", "Жетысай", "Zhetysay|Dzhetysay|Джетысай"),
    1526168: ("Arys", "Арыс", "Арыс", "Арысь"),
    1516789: ("Aiteke Bi", "Әйтеке би", "Айтеке-Би", "Novokazalinsk|Новоказалинск|Ayteke Bi"),
    1526970: ("Abai", "Абай", "Абай", "Abay|Churubay-Nura|Чурубай-Нура"),
    610613: ("Aksai", "Ақсай", "Аксай", "Aqsay|Aksay|Kazakhstan"),
    1526038: ("Atbasar", "Атбасар", "Атбасар", ""),
    1520253: ("Zharkent", "Жаркент", "Жаркент", "Panfilov|Панфилов|Jarkent|Dzharkent|Джаркент"),
    1516788: ("Zhanatas", "Жаңатас", "Жанатас", "Zhangatas"),
    1525988: ("Ayagoz", "Аягөз", "Аягоз", "Ayaguz|Аягуз|Sergiopol|Сергиополь"),
    1526265: ("Aral", "Арал", "Аральск", "Aralsk|Aral'sk"),
    1523741: ("Esik", "Есік", "Есик", "Issyk|Иссык"),
    608880: ("Mangystau", "Маңғыстау", "Мангистау", "Mangistau|Mangyshlak|Мангышлак"),
    1524801: ("Shieli", "Шиелі", "Шиели", "Shiyeli|Chiili|Чиили"),
    1519230: ("Shelek", "Шелек", "Шелек", "Chilik|Чилик"),
    608679: ("Kandyagash", "Қандыағаш", "Кандыагаш", "Qandyaghash|Oktyabrsk|Октябрьск"),
    608359: ("Shalkar", "Шалқар", "Шалкар", "Shalqar|Chelkar|Челкар"),
    1518296: ("Tekeli", "Текелі", "Текели", ""),
    1524889: ("Shardara", "Шардара", "Шардара", "Chardara|Чардара"),
    1519673: ("Saryagash", "Сарыағаш", "Сарыагаш", "Saryaghash"),
    609404: ("Khromtau", "Хромтау", "Хромтау", "Donskoye|Донское"),
    1524245: ("Kalbatau", "Қалбатау", "Калбатау", "Georgiyevka|Георгиевка"),
    1517323: ("Zhanakorgan", "Жаңақорған", "Жанакорган", "Zhangaqorghan|Yany-Kurgan|Яныкурган"),
    1521379: ("Lenger", "Леңгір", "Ленгер", ""),
    1524958: ("Boraldai", "Боралдай", "Боралдай", "Burunday|Бурундай"),
    1517637: ("Ushtobe", "Үштөбе", "Уштобе", "Ushtobe"),
    1519226: ("Shemonaikha", "Шемонаиха", "Шемонаиха", ""),
    1516519: ("Zhosaly", "Жосалы", "Жосалы", "Dzhusaly|Джусалы"),
    610445: ("Balykshy", "Балықшы", "Балыкши", "Balykshi"),
    1524308: ("Otegen Batyr", "Өтеген батыр", "Отеген-Батыр", "Energetichesky|Энергетический"),
    609924: ("Emba", "Ембі", "Эмба", "Embi"),
    1521126: ("Makanchi", "Мақаншы", "Маканчи", "Maqanshy"),
    1521230: ("Makinsk", "Макинск", "Макинск", ""),
    1517060: ("Zaysan", "Зайсаң", "Зайсан", "Zaisan"),
    1526797: ("Akkol", "Ақкөл", "Акколь", "Alekseyevka|Алексеевка|Aqkol"),
    1520969: ("Merke", "Меркі", "Мерке", "Merki"),
    1520947: ("Sarykemer", "Сарыкемер", "Сарыкемер", "Mikhaylovka|Михайловка"),
    1524302: ("Ereymentau", "Ерейментау", "Ерейментау", "Yereymentau|Yermentau|Ерментау"),
    610298: ("Beyneu", "Бейнеу", "Бейнеу", "Beineu"),
}

# Capitals that no time zone of CLDR is named after: English -> (Russian, Kazakh)
WORLD_CAPITALS: dict[str, tuple[str, str]] = {
    "Beijing": ("Пекин", "Бейжің"),
    "New Delhi": ("Нью-Дели", "Нью-Дели"),
    "Ankara": ("Анкара", "Анкара"),
    "Islamabad": ("Исламабад", "Исламабад"),
    "Bern": ("Берн", "Берн"),
    "Washington": ("Вашингтон", "Вашингтон"),
    "Ottawa": ("Оттава", "Оттава"),
    "Canberra": ("Канберра", "Канберра"),
    "Brasília": ("Бразилиа", "Бразилиа"),
    "Rabat": ("Рабат", "Рабат"),
    "Abuja": ("Абуджа", "Абуджа"),
    "Wellington": ("Веллингтон", "Веллингтон"),
    "Hanoi": ("Ханой", "Ханой"),
    "Pretoria": ("Претория", "Претория"),
    "Kyiv": ("Киев", "Киев"),
    "Kathmandu": ("Катманду", "Катманду"),
}

# Large cities whose Russian name a rule of likeness does not find: GeoNames name -> Russian.
RUSSIAN: dict[str, str] = dict(
    pair.split("=")
    for pair in (
        "Guangzhou=Гуанчжоу|Ho Chi Minh City=Хошимин|Chengdu=Чэнду|Mumbai=Мумбаи|São Paulo=Сан-Паулу"
        "|Tianjin=Тяньцзинь|Delhi=Дели|Wuhan=Ухань|Dongguan=Дунгуань|Nanjing=Нанкин"
        "|Hangzhou=Ханчжоу|Foshan=Фошань|Bengaluru=Бангалор|Chongqing=Чунцин"
        "|Rio de Janeiro=Рио-де-Жанейро|Shenzhen=Шэньчжэнь|Shenyang=Шэньян|Xiamen=Сямынь"
        "|Saint Petersburg=Санкт-Петербург|Hefei=Хэфэй|Changchun=Чанчунь|Jeddah=Джидда"
        "|Chennai=Ченнаи|Kolkata=Калькутта|Jinan=Цзинань|Zhengzhou=Чжэнчжоу|New Taipei City=Синьбэй"
        "|Shijiazhuang=Шицзячжуан|Chattogram=Читтагонг|Kunming=Куньмин|Nanning=Наньнин"
        "|Shantou=Шаньтоу|Yokohama=Иокогама|Fuzhou=Фучжоу|Ningbo=Нинбо|Tangshan=Таншань"
        "|Changzhou=Чанчжоу|Busan=Пусан|Zibo=Цзыбо|Pune=Пуна|Changsha=Чанша|Quezon City=Кесон-Сити"
        "|Jaipur=Джайпур|Lanzhou=Ланьчжоу|Buenos Aires=Буэнос-Айрес|Incheon=Инчхон"
        "|Taichung=Тайчжун|Baoding=Баодин|Belo Horizonte=Белу-Оризонти|Salvador=Салвадор"
        "|Navi Mumbai=Нави-Мумбаи|Nanchang=Наньчан|Hohhot=Хух-Хото|Shaoxing=Шаосин|Nantong=Наньтун"
        "|Gaziantep=Газиантеп|Zhuhai=Чжухай|Port Harcourt=Порт-Харкорт|Aleppo=Алеппо"
        "|Hamburg=Гамбург|Jilin=Гирин|Datong=Датун|Medellín=Медельин|Abu Dhabi=Абу-Даби"
        "|Benin City=Бенин-Сити|Montréal=Монреаль|Mosul=Мосул|Xining=Синин|Erbil=Эрбиль"
        "|Taizhou=Тайчжоу|Yangzhou=Янчжоу|Philadelphia=Филадельфия|San Antonio=Сан-Антонио"
        "|Ciudad Juárez=Сьюдад-Хуарес|Munich=Мюнхен|Porto Alegre=Порту-Алегри|Manhattan=Манхэттен"
        "|San Salvador=Сан-Сальвадор|San José=Сан-Хосе|San Juan=Сан-Хуан|Port Louis=Порт-Луи"
        "|Georgetown=Джорджтаун|Gitega=Гитега|São Tomé=Сан-Томе|Roseau=Розо|Jamestown=Джеймстаун"
        "|East Jerusalem=Восточный Иерусалим|Andorra la Vella=Андорра-ла-Велья"
        "|Bandar Seri Begawan=Бандар-Сери-Бегаван|George Town=Джорджтаун|Yaren=Ярен"
        "|Saint Helier=Сент-Хелиер|Charlotte Amalie=Шарлотта-Амалия|Castries=Кастри"
        "|Philipsburg=Филипсбург|Hamilton=Гамильтон|Road Town=Род-Таун|Los Angeles=Лос-Анджелес"
        "|San Francisco=Сан-Франциско|San Diego=Сан-Диего|Naples=Неаполь|Milan=Милан|Kyoto=Киото"
        "|Hiroshima=Хиросима|Sendai=Сендай|Concepción=Консепсьон|Valparaíso=Вальпараисо"
        "|Havana=Гавана|Kharkiv=Харьков|Odessa=Одесса|Lviv=Львов|Hannover=Ганновер"
        "|Petropavlovsk-Kamchatsky=Петропавловск-Камчатский|Osh=Ош|Termez=Термез|Ürümqi=Урумчи"
        "|Kashgar=Кашгар|Yining=Кульджа|Bishkek=Бишкек|Nukus=Нукус|Heidelberg=Гейдельберг"
    ).split("|")
)
