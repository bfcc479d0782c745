import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `random(draw)`: draws that depend on the seed, the path, the iteration and the row only; float32.
///
/// Element `i` of the row-major example comes from word `i % 4` of Philox 4×32-10 at the counter
/// (iteration, row of the data set, time, i / 4), with the key of (seed, path). A shared draw uses row 0; the time is the
/// step of the loop around the node (outer step · inner length + inner step in nested ones), 0 outside of loops.
/// - uniform: `unit(word)`, in steps of 2⁻²⁴;
/// - normal: Box–Muller on words (0, 1) for elements 0 and 1, on words (2, 3) for 2 and 3: with
///   `u = ((first >> 8) + 1)·2⁻²⁴` and `v = unit(second)`, `√(−2 ln u)·cos 2πv` and `√(−2 ln u)·sin 2πv`;
/// - bernoulli(p): 1 where `unit(word) < Float(p)`, else 0.
package struct RandomOperator: OperatorDefinition {
  let draw: RandomDraw
  package var name: String { "random" }
  package var attributes: String {
    switch draw.distribution {
    case .uniform: "uniform, \"\(draw.path)\""
    case .normal: "normal, \"\(draw.path)\""
    case .bernoulli(let probability): "bernoulli \(probability), \"\(draw.path)\""
    }
  }
  package var kind: FusionKind { .leaf }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let type = try leafType(inputs, declared)
    try type.expectFloat()
    return type
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [] }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let environment = site.environment
    let generator = Philox(seed: environment.seed, path: draw.path)
    let row = site.type.isShared ? 0 : environment.rows[site.example]
    let count = site.type.count
    var values: [Double] = []
    values.reserveCapacity(count + 3)
    for block in 0..<(count + 3) / 4 {
      let words = generator(
        UInt32(truncatingIfNeeded: environment.iteration), UInt32(truncatingIfNeeded: row),
        UInt32(truncatingIfNeeded: site.time),
        UInt32(truncatingIfNeeded: block))
      values += numbers(from: words)
    }
    return ReferenceTensor(shape: site.type.shape, Array(values.prefix(count)))
  }

  /// Four draws from the four words of a counter.
  private func numbers(from words: (UInt32, UInt32, UInt32, UInt32)) -> [Double] {
    let list = [words.0, words.1, words.2, words.3]
    switch draw.distribution {
    case .uniform: return list.map { Double(Philox.unit($0)) }
    case .bernoulli(let probability): return list.map { Philox.unit($0) < Float(probability) ? 1 : 0 }
    case .normal: return boxMuller(words.0, words.1) + boxMuller(words.2, words.3)
    }
  }

  private func boxMuller(_ first: UInt32, _ second: UInt32) -> [Double] {
    let radius = (-2 * log(Double((first >> 8) + 1) * 0x1p-24)).squareRoot()
    let angle = 2 * Double.pi * Double(Philox.unit(second))
    return [radius * cos(angle), radius * sin(angle)]
  }

  package static var samples: [OperatorSample] {
    let distributions: [RandomDraw.Distribution] = [.uniform, .normal, .bernoulli(0.3)]
    return distributions.flatMap { distribution in
      SampleShapes.samples("random \(distribution)") { builder, x in
        let type = builder.type(of: x)
        let draw = RandomDraw(distribution, path: "sample")
        return builder.multiply(x, builder.random(draw, shape: type.shape, isShared: type.isShared))
      }
    }
  }
}
