import Declarations

/// Everything built in that a user can name. Adding one is one new file and one line here.
///
/// The file extends the declaration's type by a `static let` (see `Activations/Silu.swift` for the shortest kind,
/// `Layers/Dense.swift` for a layer with weights); the line names it. Checker, completion, `nnc explain` and the manual
/// find it here, and the tests over the whole catalogue try it: its documentation, its snippets, and its gradient
/// against finite differences. A layer that takes more than numbers of any shape and default settings also says in
/// `Tests/LayersTests/Trials.swift` what it is tried on.
package enum Catalog {
  package static let callables: [CallableDeclaration] = [
    // Layers.
    .dense,
    .convolution,
    .depthwiseConvolution,
    .transposedConvolution,
    .maximumPooling,
    .averagePooling,
    .upsample,
    .pad,
    .flatten,
    .reshape,
    .squeeze,
    .transpose,
    .dropout,
    .spatialDropout,
    .noise,
    .augment,
    .batchNorm,
    .groupNorm,
    .layerNorm,
    .rmsNorm,
    .embed,
    .addPositions,
    .attention,
    .oneHot,
    .rnn,
    .lstm,
    .gru,
    // Activations.
    .relu,
    .leakyRelu,
    .prelu,
    .relu6,
    .elu,
    .celu,
    .selu,
    .gelu,
    .silu,
    .mish,
    .softplus,
    .squareplus,
    .softsign,
    .sigmoid,
    .logSigmoid,
    .hardSigmoid,
    .tanh,
    .hardTanh,
    .softmax,
    .logSoftmax,
    .glu,
    .linear,
    // Combinators.
    .residual,
    .parallel,
    .repeat,
    .bidirectional,
    // Functions.
    .mean,
    .sum,
    .max,
    .min,
    .variance,
    .norm,
    .argmax,
    .abs,
    .sign,
    .exp,
    .log,
    .sqrt,
    .square,
    .sin,
    .cos,
    .round,
    .stopGradient,
    .clip,
    .maximum,
    .minimum,
    .select,
    .concat,
    .last,
    .shift,
    .cosineSimilarity,
    // Losses.
    .crossEntropy,
    .binaryCrossEntropy,
    .binaryFocal,
    .meanSquaredError,
    .meanAbsoluteError,
    .huber,
    .logCosh,
    .klDivergence,
    .hinge,
    .contrastive,
    // Regularizers.
    .l1,
    .l2,
  ]
  package static let metrics: [MetricDeclaration] = [
    .accuracy,
    .exactMatch,
    .topKAccuracy,
    .f1,
    .precision,
    .recall,
    .confusion,
    .perplexity,
    .meanSquaredError,
    .rootMeanSquaredError,
    .meanAbsoluteError,
    .r2,
  ]
  package static let initializers: [InitializerDeclaration] = [
    .glorot,
    .he,
    .lecun,
    .orthogonal,
    .normal,
    .truncatedNormal,
    .uniform,
    .zeros,
    .ones,
    .constant,
    .forgetGate,
  ]
  package static let optimizers: [OptimizerDeclaration] = [
    .sgd,
    .adam,
    .adamw,
    .rmsprop,
    .adagrad,
    .adadelta,
    .lion,
  ]
  package static let schedules: [ScheduleDeclaration] = [
    .constant,
    .linear,
    .cosine,
    .stepDecay,
    .exponential,
    .oneCycle,
    .inverseSquareRoot,
  ]
  package static let transforms: [TransformDeclaration] = [
    .standardize,
    .scale,
    .robustScale,
    .impute,
    .clipOutliers,
    .log,
    .log1p,
    .sqrt,
  ]

  package static let callable = Dictionary(uniqueKeysWithValues: callables.map { ($0.name, $0) })
  package static let metric = Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0) })
  package static let initializer = Dictionary(uniqueKeysWithValues: initializers.map { ($0.name, $0) })
  package static let optimizer = Dictionary(uniqueKeysWithValues: optimizers.map { ($0.name, $0) })
  package static let schedule = Dictionary(uniqueKeysWithValues: schedules.map { ($0.name, $0) })
  package static let transform = Dictionary(uniqueKeysWithValues: transforms.map { ($0.name, $0) })
}
