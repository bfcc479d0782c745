import Checking
import Diagnostics
import Testing

/// The programs of the syntax fixtures show the whole language; what of it cannot run yet is said plainly, and nothing
/// else is wrong with them.
@Suite struct LanguageTests {
  private let digits = """

    data Digits from idx(images: "digits.gz") {
      let image: [28, 28, 1] = images / 255
    }

    """
  private let blocks = """
    layer Block(x: [T, D], heads: Int) -> [T, D] where D % heads == 0 {
      x -> residual(layer_norm -> dense(heads * D) -> relu -> dense(D))
    }

    """

  @Test(arguments: programs("syntax").map(\.name).filter { $0 != "variants.nnet" })
  func nothingOfTheLanguageIsRefused(_ name: String) {
    var text = programs("syntax").first { $0.name == name }!.text
    if name == "wasserstein.nnet" { text += digits }
    let outcome = checked(text, files: ["blocks.nnet": blocks])
    #expect(outcome.errors.isEmpty, "\(outcome.description)")
  }
}
