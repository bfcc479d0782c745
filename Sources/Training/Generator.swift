import Checking
import Datasets
import Elaboration
import Execution
import Lowering
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What `nnc sample` may replace of a `generate`.
package struct GenerationOptions: Sendable {
  package var start: String?
  package var length: Int?
  package var temperature: Double?
  package var seed: Int?
  package init(start: String? = nil, length: Int? = nil, temperature: Double? = nil, seed: Int? = nil) {
    self.start = start
    self.length = length
    self.temperature = temperature
    self.seed = seed
  }
}

extension Trainer {
  /// The samples of the train block that are text, by label.
  package func texts(_ options: GenerationOptions = GenerationOptions()) throws -> [(label: String, text: String)] {
    var result: [(label: String, text: String)] = []
    for (label, value) in train.samples {
      guard case .generate(let generation) = value.kind else { continue }
      result.append((label, try text(generation, label: label, options)))
    }
    return result
  }

  /// Goes on from a text with the weights in the store; a function of these, the settings and the seed.
  private func text(_ generation: CheckedGeneration, label: String, _ options: GenerationOptions) throws -> String {
    guard let tokenizer = tokenizer(of: generation.field) else {
      preconditionFailure("the field \(generation.field) has no vocabulary")
    }
    let start = options.start ?? generation.start
    var codes = tokenizer.encode(start)
    if codes.isEmpty { throw TrainingFailure.emptyStart }
    if codes.contains(where: { $0 < 0 }) { throw TrainingFailure.unknownStart(start) }
    let program = elaborator.generation(of: generation.model)
    let plan = try lower(program.graph, batch: 1, options: context.lowering)
    let executable = try Executable(plan, store: store, threads: context.threads, seed: context.seed)
    var random = PhiloxSequence(
      seed: options.seed.map { UInt64(bitPattern: Int64($0)) } ?? context.seed, path: "generate \(label)")
    for _ in 0..<(options.length ?? generation.length) {
      let read = codes.suffix(program.limit)
      let tokens = executable.input("tokens").bindMemory(to: Int32.self)
      for index in tokens.indices { tokens[index] = 0 }
      for (index, code) in read.enumerated() { tokens[index] = code }
      if executable.hasInput("length") {
        executable.input("length").bindMemory(to: Float.self)[0] = Float(read.count)
      }
      executable.run(iteration: 0)
      let logits = executable.output("logits").map(Double.init)
      codes.append(
        Int32(Trainer.drawn(logits, temperature: options.temperature ?? generation.temperature, &random)))
    }
    return tokenizer.decode(codes)
  }

  /// Draws an index by the softmax of logits over the temperature.
  private static func drawn(_ logits: [Double], temperature: Double, _ random: inout PhiloxSequence) -> Int {
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    guard temperature > 0 else { return best }
    let weights = logits.map { exp(($0 - logits[best]) / temperature) }
    var rest = random.unit() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return index }
    }
    return best
  }

  /// The tokenizer of a field of tokens; nil where these came as numbers, without a vocabulary.
  func tokenizer(of field: String) -> Tokenizer? {
    let data = program.data[train.data]
    guard let column = elaborator.categoryColumn(ofField: field), let list = dataset.columns[column].categories,
      let unit = data.columns[column].tokens?.unit
        ?? Tokenizer.Unit(rawValue: data.source.options["tokens"] ?? "characters")
    else { return nil }
    return Tokenizer(unit: unit, vocabulary: list)
  }
}
