import Checking
import Diagnostics
import Syntax
import Testing

/// Generic layers at random sizes: where the body was accepted, nothing but the header's own requirements may fail.
@Suite struct GenericTests {
  private struct Generic {
    var text: String
    /// The header of a model that uses it, over the sizes.
    var inputs: String
    var use: String
    var sizes: [String]
  }

  private let layers: [Generic] = [
    Generic(
      text: "layer L(x: [T, D], heads: Int) -> [T, D] where D % heads == 0 {\n"
        + "  let part = x[0 ..< T, 0 ..< D / heads]\n  part -> dense(D)\n}\n",
      inputs: "x: [T, D]", use: "x -> L(heads: H)", sizes: ["T", "D", "H"]),
    Generic(
      text: "layer L(x: [H, W, C], width: Int) -> [H / 2, W / 2, width] where H % 2 == 0, W % 2 == 0 {\n"
        + "  x[0 ..< H / 2, 0 ..< W / 2] -> dense(width) -> relu\n}\n",
      inputs: "x: [T, D, H]", use: "x -> L(width: H)", sizes: ["T", "D", "H"]),
    Generic(
      text: "layer L(x: [D], k: Int) -> [k, D / k] {\n  x -> reshape([k, D / k])\n}\n",
      inputs: "x: [D]", use: "x -> L(k: H)", sizes: ["D", "H"]),
    Generic(
      text: "layer L(x: [T, D], y: [T, 2 * D]) -> [T * D] {\n  (x + y[0 ..< T, D ..< 2 * D]) -> flatten\n}\n",
      inputs: "x: [T, D], y: [T, H]", use: "L(x, y: y)", sizes: ["T", "D", "H"]),
    Generic(
      text: "layer L(x: [N]) -> [floor(N / 2) + ceil(N / 2)] {\n"
        + "  [x[0 ..< floor(N / 2)], x[floor(N / 2) ..< N]] -> residual(relu -> dense(N))\n}\n",
      inputs: "x: [D]", use: "x -> L", sizes: ["D"]),
    Generic(
      text: "layer L(x: [N, K]) -> [N - 2, K] {\n  x[1 ..< N - 1] -> layer_norm\n}\n",
      inputs: "x: [D, H]", use: "x -> L", sizes: ["D", "H"]),
    Generic(
      text: "layer L(x: [...S, D]) -> [...S, 2 * D] {\n  x -> dense(4 * D) -> relu -> dense(2 * D)\n}\n",
      inputs: "x: [T, H, D]", use: "x -> L", sizes: ["T", "D", "H"]),
    Generic(
      text: "layer Inner(x: [A, B]) -> [B * A] where A % B == 0 {\n  x -> flatten\n}\n"
        + "layer L(x: [P, Q]) -> [P, Q * Q] where P % Q == 0 {\n  x[0 ..< Q] -> Inner -> dense(P * Q * Q) -> reshape([P, Q * Q])\n}\n",
      inputs: "x: [T, D]", use: "x -> L", sizes: ["T", "D"]),
  ]

  @Test func nothingFailsButRequirements() {
    var random = SystemSeed(state: 7)
    for generic in layers {
      let definition = checked(generic.text)
      #expect(definition.errors.isEmpty, "\(definition.description)\n\(generic.text)")
      var accepted = 0
      for _ in 0..<40 {
        var inputs = generic.inputs
        var use = generic.use
        for size in generic.sizes {
          let number = "\(random.next(upTo: 12) + 1)"
          inputs = inputs.replacing(size, with: number)
          use = use.replacing(": \(size)", with: ": \(number)")
        }
        // The result's shape is read off the message where it is not the guess.
        let text = generic.text + "model M(\(inputs)) -> scalar {\n  mean(\(use))\n}\n"
        let outcome = checked(text)
        let others = outcome.errors.filter {
          $0.code != CheckingCodes.requirement && $0.code != CheckingCodes.inputShape
        }
        #expect(others.isEmpty, "\(outcome.description)\n\(text)")
        if outcome.errors.isEmpty { accepted += 1 }
      }
      #expect(accepted > 0, "\(generic.text)")
    }
  }
}

/// A small generator, so that failures repeat.
private struct SystemSeed {
  var state: UInt64
  mutating func next(upTo bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}
