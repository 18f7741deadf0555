"""Load one backend in this process and write what happened: `python -m delaycore.registry TARGET ANSWER`."""

import json
import sys
from pathlib import Path

from delaycore.registry._verification import try_loading

Path(sys.argv[2]).write_text(json.dumps(try_loading(sys.argv[1])), encoding="utf-8")
