import Diagnostics
import Foundation
import Runs
import Tensors
import Testing
import Training

/// A training that is interrupted and goes on from its checkpoint gives what an uninterrupted one gives, bit by bit.
@Suite struct ResumeTests {
  private static let perceptron = """
    data Iris from csv("data/iris.csv") {
      let x: [4]      = [sepal_length, sepal_width, petal_length, petal_width] -> standardize
      let y: class(3) = species
      split: random(train: 70%, validation: 15%, test: 15%, stratify: y, seed: 7)
    }
    model Net(x: [4]) -> [3] { x -> dense(16) -> batch_norm -> relu -> dropout(0.3) -> dense(3) }
    train Net on Iris {
      loss:      cross_entropy(Net(x), y)
      optimizer: adam(rate: cosine(0.02, warmup: 5))
      epochs:    12
      batch:     16
      stop:      patience(3, of: validation.loss)
    }
    """
  private static let adversaries = """
    data Digits from csv("data/digits.csv.gz") {
      let x: [64] = [p0 ... p63] / 16
      split: random(train: 40%, validation: 60%, seed: 3)
    }
    model Generator(z: [8]) -> [64] { z -> dense(32) -> batch_norm -> relu -> dropout(0.1) -> dense(64) -> sigmoid }
    model Critic(x: [64]) -> scalar { x -> dense(32) -> leaky_relu(0.2) -> dense(1) -> squeeze }
    train Generator, Critic on Digits {
      steps: 14
      batch: 50
      step Critic {
        times: 3
        loss:      Critic(Generator(normal)) - Critic(x)
        optimizer: rmsprop(rate: 0.001)
      }
      step Generator {
        loss:      -Critic(Generator(normal))
        optimizer: adam(rate: 0.001, beta1: 0)
      }
      keep: best(validation.Critic.loss)
    }
    """
  private static let programs = [perceptron, adversaries]

  /// Counts the iterations of a training up to a number.
  private final class Counter {
    var left: Int
    init(_ count: Int) { left = count }
    func hasEnded() -> Bool {
      left -= 1
      return left <= 0
    }
  }

  private final class Log {
    var checkpoint: TrainingCheckpoint?
    var epochs: [Int: String] = [:]
    func note(_ event: TrainingEvent) {
      guard case .epoch(let epoch) = event else { return }
      var figures = "\(epoch.trainLosses.map(\.value)) \(epoch.rate) \(epoch.isBest) \(epoch.examples)"
      figures += " \(epoch.validation?.losses.map(\.value) ?? [])"
      epochs[epoch.epoch] = figures
    }
  }

  private func wrapped(_ checkpoint: TrainingCheckpoint) -> RunCheckpoint {
    RunCheckpoint(block: 0, fold: 0, training: checkpoint, lines: 3, figures: [:], results: [])
  }

  /// The checkpoint of a training that is stopped after so many iterations, through its file.
  private func interrupted(_ text: String, after count: Int, from: TrainingCheckpoint? = nil, threads: Int = 1) throws
    -> TrainingCheckpoint
  {
    let trainer = try trainer(text, threads: threads)
    try trainer.initialize()
    let (counter, log) = (Counter(count), Log())
    let result = try trainer.run(
      from: from, observe: { _ in },
      keep: { moment, make in if moment == .interruption { log.checkpoint = make() } },
      shouldStop: { counter.hasEnded() })
    #expect(result.wasInterrupted)
    let bytes = wrapped(try #require(log.checkpoint)).encoded()
    return try RunCheckpoint(decoding: bytes, path: "checkpoint").training
  }

  private func finished(_ text: String, from checkpoint: TrainingCheckpoint? = nil, threads: Int = 1) throws -> (
    weights: [UInt8], result: TrainingResult, log: Log
  ) {
    let trainer = try trainer(text, threads: threads)
    try trainer.initialize()
    let log = Log()
    let result = try trainer.run(
      from: checkpoint, observe: { log.note($0) },
      keep: { moment, make in if moment == .epoch && log.checkpoint == nil { log.checkpoint = make() } })
    return (WeightsFile.make(from: trainer).encoded(), result, log)
  }

  @Test(arguments: programs.indices)
  func goingOnGivesTheSameBits(_ index: Int) throws {
    let text = Self.programs[index]
    let whole = try finished(text)
    for count in [1, 3, 7, 11] {
      let checkpoint = try interrupted(text, after: count)
      #expect(checkpoint.iteration > 0 && checkpoint.iteration <= count)
      let rest = try finished(text, from: checkpoint, threads: 2)
      #expect(rest.weights == whole.weights, "after \(count)")
      #expect(rest.result.bestEpoch == whole.result.bestEpoch && rest.result.epochs == whole.result.epochs)
      // The epoch that was cut in two has the figures of a whole one.
      for (epoch, figures) in rest.log.epochs { #expect(figures == whole.log.epochs[epoch]) }
      #expect(rest.log.epochs.keys.min() == checkpoint.epochs + 1)
    }
  }

  @Test(arguments: programs.indices)
  func aRunMayBeInterruptedManyTimes(_ index: Int) throws {
    let text = Self.programs[index]
    var checkpoint: TrainingCheckpoint?
    for count in [2, 5, 1] { checkpoint = try interrupted(text, after: count, from: checkpoint) }
    #expect(checkpoint?.iteration ?? 0 > 4)
    #expect(try finished(text, from: checkpoint).weights == finished(text).weights)
  }

  @Test(arguments: programs.indices)
  func theEndOfAnEpochIsACheckpoint(_ index: Int) throws {
    let text = Self.programs[index]
    let whole = try finished(text)
    let kept = try #require(whole.log.checkpoint)
    #expect(kept.epochs == 1 && kept.losses.allSatisfy { $0.allSatisfy { $0 == 0 } })
    #expect(try finished(text, from: kept).weights == whole.weights)
  }

  @Test func aDamagedCheckpointIsRefusedByName() throws {
    let bytes = wrapped(try interrupted(Self.perceptron, after: 9)).encoded()
    func refusal(_ bytes: [UInt8]) -> String {
      do throws(FileFailure) {
        _ = try RunCheckpoint(decoding: bytes, path: "runs/a/checkpoint.safetensors")
        return "accepted"
      } catch { return error.description }
    }
    #expect(refusal(bytes) == "accepted")
    for length in stride(from: 0, to: bytes.count, by: 61) {
      let text = refusal(Array(bytes[..<length]))
      #expect(text.hasPrefix("runs/a/checkpoint.safetensors: the checkpoint is damaged"), "\(length): \(text)")
    }
    var random = PhiloxSequence(seed: 1, path: "flips")
    let header = 8 + bytes[..<8].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    for round in 0..<400 {
      var flipped = bytes
      let place = round < 200 ? header + random.below(bytes.count - header) : random.below(bytes.count)
      flipped[place] ^= 1 << UInt8(random.below(8))
      let text = refusal(flipped)
      #expect(text.hasPrefix("runs/a/checkpoint.safetensors: the checkpoint is"), "byte \(place): \(text)")
    }
  }
}
