import Declarations
import Graphs

extension CallableDeclaration {
  /// The Gaussian error linear unit.
  package static let gelu = elementwise(
    "gelu", summary: "Weighs each value by the share of a normal distribution below it",
    formula: "none: y = x · (1 + erf(x / √2)) / 2; tanh: y = x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2 "
      + "[Hendrycks and Gimpel 2016, Gaussian Error Linear Units]",
    settings: [
      SettingDeclaration(
        "approximate", .word(["none", "tanh"]), default: .word("none"),
        doc: "`none` is the exact form, `tanh` the approximation that GPT-2 used.")
    ],
    aliases: ["GELU"],
    snippets: [
      Snippet([("x", "[16, 64]")], "x -> gelu", gives: "[16, 64]"),
      Snippet([("x", "[8]")], "x -> gelu(approximate: tanh)", gives: "[8]"),
    ]
  ) { graph, x, settings in
    settings.word("approximate") == "none" ? graph.gelu(x) : graph.geluTanh(x)
  }
}
