CLASSES = tuple("zero one two three four five six seven eight nine null eins zwei drei vier fünf sechs sieben acht neun".split())
DATA_FILE=None
