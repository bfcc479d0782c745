import Diagnostics
import Syntax

// `gradient(…, by: …)`.
extension Diagnostic {
  static func gradientForm(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.gradient, "`gradient` takes one number for each example and what it is differentiated by",
      at: Label(span, "this is `\(text)`")
    ).noting("`gradient(Critic(mixed), by: mixed)`")
  }

  static func gradientOfTensor(_ span: Span, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.gradient, "`gradient` differentiates one number for each example, but this is \(type)",
      at: Label(span, "this is \(type)"))
  }

  static func gradientBy(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.gradient, "`by:` takes the name of a `let` of the train block or step that holds numbers",
      at: Label(span, "`\(text)` is none")
    ).noting("name it first: `let point = …`, and compute with `point`")
  }

  static func gradientElsewhere(_ span: Span, _ text: String, by name: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.gradient, "`\(text)` is not computed from `\(name)`, so that the gradient is 0",
      at: Label(span, "`\(name)` does not occur in it"))
  }

  static func gradientMixesExamples(_ layer: String, by name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.mixesExamples,
      "`\(layer)` mixes the examples of a batch, and a gradient by `\(name)` is taken for each example alone",
      at: Label(span, "between `\(name)` and the gradient")
    ).noting("`layer_norm` works on each example alone")
  }
}
