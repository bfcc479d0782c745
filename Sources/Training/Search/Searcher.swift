import Tensors

/// Chooses the points of a sweep, each from the outcomes of those before; a function of the seed.
package struct Searcher {
  package enum Method: String, Sendable {
    case grid, random, bayesian
  }
  private let space: SearchSpace
  private let method: Method
  private let trials: Int
  private let first: [[Double]]
  private var random: PhiloxSequence
  private var points: [[Double]] = []
  /// What is to be made small; nil where a trial failed.
  private var values: [Double?] = []
  private var tried: Set<[String]> = []

  /// Points looked at for each choice of a Bayesian search.
  private static let candidates = 1_000
  /// The greatest number of outcomes that a model is fitted to.
  private static let memory = 200

  package init(_ space: SearchSpace, method: Method, trials: Int, seed: UInt64) {
    self.space = space
    self.method = method
    let all = method == .grid ? space.gridCount : space.discreteCount
    self.trials = method == .grid ? all ?? .max : min(trials, all ?? .max)
    random = PhiloxSequence(seed: seed, path: "sweep")
    first = Searcher.spread(
      min(self.trials, max(4, 2 * space.parameters.count)), space.parameters.count, seed: seed)
  }

  /// How many trials there will be.
  package var count: Int { trials }

  /// A Latin square: each coordinate of so many points falls once into each of as many parts (McKay, Beckman and Conover
  /// 1979).
  private static func spread(_ count: Int, _ width: Int, seed: UInt64) -> [[Double]] {
    var random = PhiloxSequence(seed: seed, path: "sweep's beginning")
    let columns = (0..<width).map { _ in
      random.permutation(count).map { part in (Double(part) + random.unit()) / Double(count) }
    }
    return (0..<count).map { row in columns.map { $0[row] } }
  }

  /// The next point, nil where the search is over.
  package mutating func next() -> [Double]? {
    guard points.count < trials else { return nil }
    var point: [Double]
    switch method {
    case .grid: point = space.gridPoint(points.count)
    case .random: point = fresh()
    case .bayesian:
      point = points.count < first.count ? first[points.count] : improving()
      if isKnown(point) { point = fresh() }
    }
    points.append(point)
    tried.insert(space.values(at: point).map(\.text))
    return point
  }

  /// Notes the outcome of the last point: what is to be made small, or nil where the trial failed.
  package mutating func record(_ value: Double?) { values.append(value.flatMap { $0.isFinite ? $0 : nil }) }

  private func isKnown(_ point: [Double]) -> Bool { tried.contains(space.values(at: point).map(\.text)) }

  private mutating func draw() -> [Double] { space.parameters.map { _ in random.unit() } }

  /// A point with values that were not tried, where one is found.
  private mutating func fresh() -> [Double] {
    for _ in 0..<1_000 {
      let point = draw()
      if !isKnown(point) { return point }
    }
    let count = space.discreteCount ?? 0
    return (0..<min(count, 1 << 20)).lazy.map(space.gridPoint).first { !isKnown($0) } ?? draw()
  }

  /// The candidate with the greatest expected improvement. A failed trial counts as the worst outcome.
  private mutating func improving() -> [Double] {
    let known = values.compactMap { $0 }
    guard let best = known.min(), let worst = known.max() else { return fresh() }
    let recent = zip(points, values).suffix(Searcher.memory)
    let process = GaussianProcess(
      points: recent.map { space.features(at: $0.0) }, values: recent.map { $0.1 ?? worst })
    let centre = points[values.firstIndex { $0 == best } ?? 0]
    var chosen: (point: [Double], gain: Double)?
    for index in 0..<Searcher.candidates {
      // Half of them near the best point so far.
      let point =
        index % 2 == 0 ? draw() : centre.map { min(max($0 + 0.2 * (random.unit() - 0.5), 0), 1 - 1e-12) }
      if isKnown(point) { continue }
      let gain = process.expectedImprovement(at: space.features(at: point), below: best)
      if chosen.map({ gain > $0.gain }) ?? true { chosen = (point, gain) }
    }
    return chosen?.point ?? fresh()
  }
}
