"`python -m pose_transfer_nb` is `pose-transfer`."
from pose_transfer_nb.cli import app

app()
