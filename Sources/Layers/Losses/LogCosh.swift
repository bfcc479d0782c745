import Declarations

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let logOfTwo = log(2.0)

extension CallableDeclaration {
  /// A smooth relative of the absolute difference.
  package static let logCosh = comparison(
    "log_cosh", summary: "The mean logarithm of the hyperbolic cosine of the differences: a smooth `huber`",
    formula: "loss = mean log cosh e = mean (e + softplus(−2 e) − log 2), e = prediction − target",
    aliases: ["LogCosh"],
    snippets: [Snippet([("price", "[3]"), ("y", "[3]")], "log_cosh(price, y)", gives: "scalar")]
  ) { graph, error, _ in
    graph.subtract(
      graph.add(error, graph.map(.softplus, [graph.multiply(error, -2)])), graph.fill(logOfTwo))
  }
}
