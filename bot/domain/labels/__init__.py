"""Pictures of labels: the codes in them, and the MAC addresses and models that they tell."""
