"""Large cities that have no zone of their own name in the IANA database, and the zone to write."""

_CITIES = """
America/Argentina/Buenos_Aires: La Plata
America/Bogota: Medellin, Cali
America/Chicago: Austin, Dallas, Houston, Madison, Milwaukee, Minneapolis, New Orleans, San Antonio
America/Chicago: Saint Louis, St Louis, Urbana, Nashville, Kansas City
America/Denver: Albuquerque, Boulder, Los Alamos, Salt Lake City, Santa Fe
America/Detroit: Ann Arbor
America/Edmonton: Calgary, Banff
America/Guayaquil: Quito
America/Los_Angeles: Berkeley, Las Vegas, Pasadena, Portland, Sacramento, San Diego, San Francisco
America/Los_Angeles: San Jose, Santa Barbara, Santa Cruz, Seattle, Stanford
America/Mexico_City: Guadalajara, Puebla
America/New_York: Atlanta, Baltimore, Boston, Cambridge MA, Charlotte, Cleveland, Columbus, Ithaca
America/New_York: Miami, New Haven, Philadelphia, Pittsburgh, Princeton, Washington, Washington DC
America/Phoenix: Tucson, Flagstaff
America/Sao_Paulo: Belo Horizonte, Brasilia, Campinas, Curitiba, Porto Alegre, Rio de Janeiro
America/Toronto: Ottawa, Quebec, Waterloo, Hamilton
Africa/Cairo: Alexandria, Giza
Africa/Johannesburg: Cape Town, Durban, Pretoria
Africa/Lagos: Abuja, Ibadan
Africa/Casablanca: Rabat, Marrakesh
Asia/Dhaka: Chittagong
Asia/Dubai: Abu Dhabi, Sharjah
Asia/Ho_Chi_Minh: Hanoi, Da Nang
Asia/Jakarta: Bandung, Surabaya, Yogyakarta
Asia/Jerusalem: Haifa, Rehovot
Asia/Karachi: Islamabad, Lahore
Asia/Kolkata: Ahmedabad, Bangalore, Bengaluru, Bombay, Chennai, Delhi, Hyderabad, Kanpur, Madras
Asia/Kolkata: Mumbai, New Delhi, Pune
Asia/Riyadh: Jeddah, Mecca, Thuwal
Asia/Seoul: Busan, Daejeon, Daegu, Incheon, Pohang
Asia/Shanghai: Beijing, Chengdu, Guangzhou, Hangzhou, Hefei, Nanjing, Peking, Shenzhen, Suzhou
Asia/Shanghai: Tianjin, Wuhan, Xian
Asia/Taipei: Hsinchu, Kaohsiung, Tainan
Asia/Tehran: Isfahan, Mashhad, Shiraz
Asia/Tokyo: Fukuoka, Hiroshima, Kanazawa, Kobe, Kyoto, Nagoya, Okinawa, Osaka, Sapporo, Sendai
Asia/Tokyo: Tsukuba, Yokohama, Wako
Asia/Yangon: Mandalay
Australia/Sydney: Newcastle
Europe/Amsterdam: Delft, Eindhoven, Groningen, Leiden, Nijmegen, Rotterdam, The Hague, Utrecht
Europe/Athens: Thessaloniki, Heraklion
Europe/Berlin: Aachen, Bonn, Cologne, Dresden, Frankfurt, Freiburg, Garching, Gottingen, Hamburg
Europe/Berlin: Heidelberg, Jena, Karlsruhe, Koln, Leipzig, Mainz, Munich, Munchen, Stuttgart
Europe/Brussels: Antwerp, Ghent, Leuven
Europe/Copenhagen: Aarhus, Odense
Europe/Helsinki: Espoo, Jyvaskyla, Turku
Europe/Istanbul: Ankara, Izmir
Europe/Kyiv: Kharkiv, Lviv, Odesa
Europe/Lisbon: Coimbra, Porto
Europe/London: Birmingham, Bristol, Cambridge, Cardiff, Durham, Edinburgh, Glasgow, Liverpool
Europe/London: Manchester, Oxford, Sheffield
Europe/Madrid: Barcelona, Bilbao, Granada, Seville, Valencia
Europe/Moscow: Dubna, Kazan, Saint Petersburg, St Petersburg
Europe/Oslo: Bergen, Trondheim
Europe/Paris: Bordeaux, Grenoble, Lille, Lyon, Marseille, Nice, Orsay, Saclay, Strasbourg, Toulouse
Europe/Prague: Brno
Europe/Rome: Bologna, Florence, Milan, Milano, Naples, Padova, Padua, Pisa, Roma, Turin, Trieste
Europe/Stockholm: Gothenburg, Lund, Uppsala
Europe/Vienna: Graz, Innsbruck, Wien
Europe/Warsaw: Gdansk, Krakow, Poznan, Wroclaw
Europe/Zurich: Basel, Bern, CERN, Geneva, Lausanne, Lugano, Villigen
Pacific/Auckland: Christchurch, Wellington
"""

ZONES = {
    city.strip().casefold(): zone
    for zone, cities in (line.split(": ") for line in _CITIES.strip().splitlines())
    for city in cities.split(",")
}
"""The zone of each city, by its name in small letters without accents, with spaces."""
