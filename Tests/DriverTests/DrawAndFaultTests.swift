import Foundation
import Testing

/// Draws of a program's own, and runs that fail late.
@Suite struct DrawAndFaultTests {
  private func run(_ scratch: Scratch, _ text: String) throws -> Outcome {
    nnc("run", try scratch.write("p.nnet", text), "--out", scratch.path + "/run", "--threads", "1")
  }

  private let moons = """
    data Moons from moons(rows: 61, seed: 1) {
      let p: [2] = [x, y]
      split: random(train: 100%)
    }

    """

  /// A layer that draws by itself draws anew wherever it is applied, as `noise` does.
  @Test func aLayerAppliedTwiceDrawsTwice() throws {
    let scratch = try Scratch()
    let outcome = try run(
      scratch,
      moons + """
        model Shaken(p: [2]) -> [2] {
          let e: [2] = normal
          let u: [2] = uniform
          (p -> dense(2)) + e + u
        }

        train Shaken on Moons {
          let a = Shaken(p)
          let b = Shaken(p)
          let t: [2] = normal
          loss:      (own: mean_squared_error(a, b), same: mean_squared_error(t, t), size: mean(a ^ 2))
          optimizer: sgd(rate: 0) // allow: unusual_rate
          epochs:    1
        }

        """)
    try #require(outcome.code == 0, "\(outcome.errors)")
    let line = try scratch.read("run/metrics.jsonl").split(separator: "\n")[0]
    let found = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let train = (found["train"] as? [String: Double]) ?? found.compactMapValues { $0 as? Double }
    // The difference of two normals has variance 2, of two uniforms 1/6.
    let own = try #require(train.first { $0.key.hasSuffix("own") }?.value)
    #expect(own > 1 && own < 4, "\(line)")
    #expect(train.first { $0.key.hasSuffix("same") }?.value == 0, "\(line)")
  }

  /// What is not finite in a short last batch is named, also where the step depends on the size of the batch.
  @Test func aNaNInAShortBatchIsFound() throws {
    let scratch = try Scratch()
    let outcome = try run(
      scratch,
      moons + """
        model E(p: [2]) -> [8] {
          p -> dense(8)
        }

        train E on Moons {
          let z = E(p)
          let d = norm(across(z) - z, over: channels)
          loss:      sum(d / sum(d))
          optimizer: adam(rate: 1e-3)
          epochs:    1
          batch:     60
        }

        """)
    #expect(outcome.code == 3 && outcome.errors.contains("written by divide"), "\(outcome)")
    #expect(outcome.errors.contains("p.nnet:12"), "\(outcome.errors)")
  }

  /// A value is taken as it is, and what it came from gets no gradient.
  @Test func gradientsStopWhereTheyAreTold() throws {
    let scratch = try Scratch()
    let outcome = try run(
      scratch,
      moons + """
        model Up(p: [2]) -> [2] {
          p -> dense(2)
        }

        train Up on Moons {
          let a: [2] = p
          let slope = gradient(sum(stop_gradient(a ^ 2) * a), by: a)
          let through = gradient(sum(a + stop_gradient(round(a) - a)), by: a)
          let rounded = a + stop_gradient(round(a) - a)
          loss:      (fit: mean_squared_error(Up(p), rounded), slope: norm(slope - p ^ 2), through: norm(through - 1),
                      same: norm(rounded - round(p)))
          optimizer: sgd(rate: 0.01)
          epochs:    1
          batch:     61
        }

        """)
    try #require(outcome.code == 0, "\(outcome.errors)")
    let line = try scratch.read("run/metrics.jsonl").split(separator: "\n")[0]
    for part in ["slope", "through", "same"] {
      let value = try #require(
        line.range(of: "\(part)\":").map { line[$0.upperBound...].prefix { !",}".contains($0) } })
      #expect(abs(try #require(Double(value))) < 1e-6, "\(line)")
    }
  }

  /// A truth value is a target, as those are that are computed.
  @Test(arguments: ["hinge(C(p), true)", "hinge(C(p), not false)", "binary_focal(C(p), false)"])
  func truthValuesAreTargets(_ loss: String) throws {
    let scratch = try Scratch()
    let outcome = try run(
      scratch,
      moons + """
        model C(p: [2]) -> scalar {
          p -> dense(1) -> squeeze
        }

        train C on Moons {
          loss:      \(loss)
          optimizer: adam(rate: 1e-3)
          epochs:    1
        }

        """)
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  /// Words that no training row has are one token, also in a test source of its own.
  @Test func textsOfATestSourceMayBeNew() throws {
    let scratch = try Scratch()
    _ = try scratch.write("a.csv", "text,y\ngood film,0\nbad film,1\ngood play,0\nbad play,1\n")
    _ = try scratch.write("b.csv", "text,y\ngood bad,0\nworst of all,1\n")
    let program = """
      data D from csv("a.csv") {
        let text: token(4)[T <= 10] = text -> tokenize(words: 4)
        let y: class(2) = y
        split: random(train: 100%, test: csv("b.csv"))
      }

      model Net(text: token(4)[T <= 10]) -> [2] {
        text -> embed(4) -> mean(over: time) -> dense(2)
      }

      train Net on D {
        loss:      cross_entropy(Net(text), y)
        optimizer: adam(rate: 0.01)
        epochs:    1
        outputs:   (text: restore(text, as: text))
      }

      """
    let outcome = try run(scratch, program)
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(try scratch.read("run/predictions.csv") == "text\ngood bad\n� � �\n")
  }
}
