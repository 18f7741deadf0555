"""Load one backend in this process and write what happened: `python -m delaycore.registry TARGET ANSWER`."""

import json
import sys
from pathlib import Path

from delaycore.registry._verification import report

Path(sys.argv[2]).write_text(json.dumps(report(sys.argv[1])), encoding="utf-8")
