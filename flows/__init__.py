"""What an operator sees and starts in the Prefect UI; each flow reads like its own summary."""
