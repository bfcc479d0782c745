import Declarations

extension CallableDeclaration {
  /// Values held between bounds.
  package static let clip = elementwise(
    "clip", .function, summary: "Holds each element between two bounds",
    formula: "y = min(max(x, low), high); the gradient is 1 from low to high, else 0",
    settings: [
      SettingDeclaration("low", .real(.any), isOptional: true, doc: "The least value. Left out: no bound below."),
      SettingDeclaration("high", .real(.any), isOptional: true, doc: "The greatest value. Left out: no bound above."),
    ],
    aliases: ["clamp"],
    snippets: [
      Snippet([("x", "[8]")], "x -> clip(low: 0, high: 1)", gives: "[8]"),
      Snippet([("x", "[8]")], "clip(x, low: 0)", gives: "[8]"),
    ]
  ) { graph, x, settings in
    var result = x
    if settings.isGiven("low") { result = graph.maximum(result, settings.real("low")) }
    if settings.isGiven("high") { result = graph.minimum(result, settings.real("high")) }
    return result
  }
}
