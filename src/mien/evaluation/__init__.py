"""What a model's answers are worth: arrays in, plain numbers out."""
