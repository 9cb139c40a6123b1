"""How good trained models are, on people that they have not seen."""
