import Checking
import Diagnostics

/// How the weights of models compare with saved ones.
package struct StartMatch: Sendable {
  /// The paths of weights and statistics that the file has in the right shape.
  package var fitting: [WeightRequest] = []
  /// What does not fit, as a sentence each.
  package var problems: [String] = []
}

extension CheckedProgram {
  /// Compares models with the shapes of saved tensors.
  package func match(models: [Int], saved: [String: [Int]]) -> StartMatch {
    var result = StartMatch()
    for model in models {
      let layout = self.layout(ofModel: model)
      for request in layout.trainable.map(\.request) + layout.statistics {
        guard let shape = saved[request.path] else {
          result.problems.append("`\(request.path)` is not in it")
          continue
        }
        if shape == request.shape {
          result.fitting.append(request)
        } else {
          result.problems.append("`\(request.path)` is \(text(shape)) there and \(text(request.shape)) here")
        }
      }
    }
    return result
  }

  /// The models that a block may take saved weights for: those it names, else all.
  package func startModels(of start: CheckedStart) -> [Int] {
    start.models.isEmpty ? layers.indices.filter { layers[$0].isModel } : start.models
  }

  /// What keeps train blocks from starting with the weights that they name. Blocks whose file cannot be read are left
  /// out: the checker has reported them.
  package func startProblems(saved: (String) -> [String: [Int]]?) -> [Diagnostic] {
    trains.flatMap { train -> [Diagnostic] in
      guard let start = train.start, let tensors = saved(start.path) else { return [] }
      if start.models.isEmpty {
        let match = match(models: startModels(of: start), saved: tensors)
        guard match.fitting.isEmpty else { return [] }
        return [mismatch(train.name, match, start)]
      }
      return start.models.compactMap { model in
        let match = match(models: [model], saved: tensors)
        return match.problems.isEmpty ? nil : mismatch(layers[model].name, match, start)
      }
    }
  }

  private func mismatch(_ name: String, _ match: StartMatch, _ start: CheckedStart) -> Diagnostic {
    .savedMismatch(name, path: start.path, fits: match.fitting.count, problems: match.problems, at: start.span)
  }

  private func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "scalar" : "[" + shape.map(String.init).joined(separator: ", ") + "]"
  }
}
