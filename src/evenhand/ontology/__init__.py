"""What is shown and what is asked: inputs, questions, conditions, versions. Pure; one module per kind."""
