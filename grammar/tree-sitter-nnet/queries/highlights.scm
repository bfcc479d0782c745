; Highlighting of .nnet files, with the captures that Neovim, Helix and Zed share.

(comment) @comment
(doc_comment) @comment.documentation

(string) @string
(escape) @string.escape
[(integer) (real) (percent)] @number
(boolean) @boolean

; A name that no rule below knows better.
(name) @variable
(label) @property

["let" "weight"] @keyword
["data" "layer" "model" "train" "sweep" "test" "step"] @keyword
["import" "from"] @keyword.import
["on" "as" "where" "except" "in" "scan" "expect"] @keyword
["and" "or" "not"] @keyword.operator

; Keywords are names where no keyword can stand.
(name ["import" "data" "layer" "model" "train" "sweep" "test" "from" "on" "as" "where" "except" "in" "step" "weight"
  "scan" "expect"] @variable)
(label ["let" "and" "or" "not" "true" "false"] @property)

["->" "=" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "@" "^" "..." "..<"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" "."] @punctuation.delimiter

(import name: (name) @type)
(data name: (name) @type)
(layer name: (name) @type)
(model name: (name) @type)
(train model: (name) @type)
(train frozen: (name) @type)
(train data: (name) @type)
(train label: (name) @type)
(sweep model: (name) @type)
(sweep data: (name) @type)
(step model: (name) @type)
(named_type name: (name) @type)
(test name: (string) @string.special)

(parameter name: (label) @variable.parameter)
(binding name: (name) @variable)
(weight name: (name) @variable)
(pack (name) @type)
(at_most (name) @type)

(call callee: (name) @function)
(chain stage: (name) @function)
(member name: (name) @property)

; UpperCamel names declarations and dimensions.
((name) @type (#match? @type "^[A-Z]"))

; BEGIN generated from the catalogue
((name) @function.builtin (#any-of? @function.builtin
  "abs" "accuracy" "adadelta" "adagrad" "adam" "adamw" "add_positions" "argmax" "attention" "augment"
  "average_pool" "batch_norm" "bidirectional" "binary_cross_entropy" "binary_focal" "celu" "clip" "clip_outliers"
  "concat" "confusion" "constant" "contrastive" "conv" "conv_transpose" "cos" "cosine" "cosine_similarity"
  "cross_entropy" "dense" "depthwise_conv" "dropout" "elu" "embed" "exact_match" "exp" "exponential" "f1"
  "flatten" "forget_gate" "gelu" "glorot" "glu" "group_norm" "gru" "hard_sigmoid" "hard_tanh" "he" "hinge"
  "huber" "impute" "inverse_sqrt" "kl_divergence" "l1" "l2" "last" "layer_norm" "leaky_relu" "lecun" "linear"
  "lion" "log" "log1p" "log_cosh" "log_sigmoid" "log_softmax" "lstm" "max" "max_pool" "maximum" "mean"
  "mean_absolute_error" "mean_squared_error" "min" "minimum" "mish" "noise" "norm" "normal" "one_cycle" "one_hot"
  "ones" "orthogonal" "pad" "parallel" "perplexity" "precision" "prelu" "r2" "recall" "relu" "relu6" "repeat"
  "reshape" "residual" "rms_norm" "rmsprop" "rnn" "robust_scale" "root_mean_squared_error" "round" "scale"
  "select" "selu" "sgd" "shift" "sigmoid" "sign" "silu" "sin" "softmax" "softplus" "softsign" "spatial_dropout"
  "sqrt" "square" "squareplus" "squeeze" "standardize" "step_decay" "stop_gradient" "sum" "tanh" "top_k_accuracy"
  "transpose" "truncated_normal" "uniform" "upsample" "variance" "zeros"))
; END generated from the catalogue
