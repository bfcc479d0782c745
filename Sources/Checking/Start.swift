import Declarations
import Diagnostics
import Syntax

extension TrainChecker {
  /// `saved("runs/pretrained", Tower)`
  func start(_ setting: Setting) -> CheckedStart? {
    guard let (name, arguments) = body.form(setting, Blocks.forms.filter { $0.setting == "start" }) else { return nil }
    guard let first = arguments.first, first.label == nil else {
      body.report(.missingInput(name, "path", doc: "A run folder or a weights file."))
      return nil
    }
    guard case .string(let path)? = body.stringSetting(first.value, "saved") else { return nil }
    var taken: [(name: Name, index: Int)] = []
    for argument in arguments.dropFirst() {
      guard let model = argument.value.name else {
        body.report(.notAModel(argument.span, body.text(argument.span), body.modelNames))
        continue
      }
      guard let index = checker.model(model, in: body.file) else { continue }
      if !usedModels.contains(index), !models.isEmpty {
        body.report(.startOfOtherModel(model))
        continue
      }
      if !taken.contains(where: { $0.index == index }) { taken.append((model, index)) }
    }
    checkSaved(path, first.value.span, taken)
    return CheckedStart(path: path, models: taken.map(\.index), span: first.value.span)
  }

  /// The models of the header, those inside them, and all that the steps apply.
  private var usedModels: Set<Int> {
    Set(allModels).union(dependencies(of: steps.flatMap { $0.losses.map(\.value) }, steps.flatMap(\.bindings)).models)
  }

  /// Whether the file is there and has weights of the models; their shapes are compared when the program is known.
  private func checkSaved(_ path: String, _ span: Span, _ taken: [(name: Name, index: Int)]) {
    guard let saved = checker.options.saved else { return }
    switch saved(path) {
    case .failure(let problem): body.report(.savedUnavailable(path, problem, at: span))
    case .success(let tensors):
      let inFile = Set(tensors.keys.compactMap { $0.split(separator: ".").first.map(String.init) })
      for (name, _) in taken where !inFile.contains(name.text) {
        body.report(.savedWithoutModel(name, path: path, models: inFile.sorted()))
      }
      if taken.isEmpty, !usedModels.contains(where: { inFile.contains(checker.layers[$0].declaration.name.text) }) {
        body.report(.savedFitsNothing(path, at: span, models: inFile.sorted()))
      }
    }
  }
}
