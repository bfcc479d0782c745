[(layer) (model) (data_block) (train_block) (step_block) (test_block) (scan)] @local.scope

(binding name: (name) @local.definition)
(pattern_element name: (name) @local.definition)
(weight name: (name) @local.definition)
(parameter name: (label) @local.definition)
(sequence name: (name) @local.definition)
(state name: (name) @local.definition)

(name) @local.reference
