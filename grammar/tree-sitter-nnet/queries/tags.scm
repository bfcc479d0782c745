(data name: (name) @name) @definition.class
(layer name: (name) @name) @definition.class
(model name: (name) @name) @definition.class
(constant (binding name: (name) @name)) @definition.constant
(test name: (string) @name) @definition.function
(call callee: (name) @name) @reference.call
