/// Hand-written gradients of composites by name; a composite without one takes its body's. Each is tested against it.
package struct CompositeGradients: Sendable {
  package typealias Rule = @Sendable (GradientContext, Composite) -> [ValueID?]
  package var table: [String: Rule]
  package init(_ table: [String: Rule]) { self.table = table }

  package static let standard = CompositeGradients([
    "softmax": softmaxGradientRule, "log_softmax": logSoftmaxGradientRule,
    "softmax_cross_entropy": softmaxCrossEntropyGradientRule, "standardize_rows": standardizeRowsGradientRule,
    "attention": attentionGradientRule, "gelu": geluGradientRule, "gelu_tanh": geluTanhGradientRule,
    "max_pool": maxPoolGradientRule, "average_pool": averagePoolGradientRule,
  ])
}
