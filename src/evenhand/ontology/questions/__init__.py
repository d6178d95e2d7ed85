"""Question kinds: one module each, exposing `kind`. `ontology.registry` finds them."""
