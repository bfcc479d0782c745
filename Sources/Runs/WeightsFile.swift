import Checking
import Datasets
import Diagnostics
import Elaboration
import Execution
import Tensors
import Training

/// The weights of a training as one file: trainable weights and running statistics by path, the constants of fitted
/// transforms by site, and in the metadata the lists of categories.
package enum WeightsFile {
  static let categoriesKey = "categories"
  static let imputedKey = "imputed"
  static let preciseKey = "double_precision"

  /// Everything that prediction needs, with the weights that are in the trainer's store.
  package static func make(from trainer: Trainer) -> Safetensors {
    var file = Safetensors()
    for layout in trainer.layouts.values.sorted(by: { $0.model < $1.model }) {
      let vector = trainer.store.tensor(layout.vectorPath)?.floats ?? []
      for entry in layout.trainable {
        let values = Array(vector[entry.offset..<entry.offset + entry.count])
        file.tensors.append((entry.request.path, HostTensor(shape: entry.request.shape, values)))
      }
      for request in layout.statistics {
        if let value = trainer.store.tensor(request.path) { file.tensors.append((request.path, value)) }
      }
    }
    for (site, constants) in trainer.fitted.sorted(by: { $0.key < $1.key }) {
      for (name, value) in constants.sorted(by: { $0.key < $1.key }) {
        file.tensors.append((TrainElaborator.constantPath(site: site, name: name), value))
      }
    }
    for path in trainer.quantilePaths {
      if let value = trainer.store.tensor(path) { file.tensors.append((path, value)) }
    }
    let lists = zip(trainer.dataset.columns, trainer.program.data[trainer.train.data].columns).compactMap {
      column, use -> (String, JSON)? in
      column.categories.map { (use.shownName, .array($0.values.map(JSON.string))) }
    }
    if !lists.isEmpty {
      file.metadata[categoriesKey] = JSON.object([(trainer.program.data[trainer.train.data].name, .object(lists))])
        .text()
    }
    let imputed = zip(trainer.dataset.columns, trainer.program.data[trainer.train.data].columns).compactMap {
      column, use -> (String, JSON)? in
      column.imputed.map { (use.shownName, .string($0)) }
    }
    if !imputed.isEmpty {
      let name = trainer.program.data[trainer.train.data].name
      file.metadata[imputedKey] = JSON.object([(name, .object(imputed))]).text()
    }
    let columns = trainer.program.data[trainer.train.data].columns
    let precise = Set(trainer.dataset.preciseColumns.map { columns[$0].shownName }).sorted(by: precedes)
    if !precise.isEmpty {
      let name = trainer.program.data[trainer.train.data].name
      file.metadata[preciseKey] = JSON.object([(name, .array(precise.map(JSON.string)))]).text()
    }
    return file
  }

  /// The columns whose fields the run computed in double precision, by index.
  package static func precise(in file: Safetensors, data: CheckedData) -> Set<Int> {
    let names = file.metadata[preciseKey].flatMap { JSONReader.read(Array($0.utf8)) }?[data.name]?.array ?? []
    let known = Set(names.compactMap(\.string))
    return Set(
      data.columns.indices.filter { data.columns[$0].role == .number && known.contains(data.columns[$0].shownName) })
  }

  /// The class that stands for a missing one, by the index of the column.
  package static func imputed(in file: Safetensors, data: CheckedData) -> [Int: String] {
    let values = file.metadata[imputedKey].flatMap { JSONReader.read(Array($0.utf8)) }?[data.name]
    var result: [Int: String] = [:]
    for (index, use) in data.columns.enumerated() where use.role == .category {
      if let value = values?[use.shownName]?.string { result[index] = value }
    }
    return result
  }

  /// The tensors that hold NaN or an infinity, by name.
  package static func notFinite(in file: Safetensors) -> [String] {
    file.tensors.filter { !$0.value.floats.allSatisfy(\.isFinite) }.map(\.name)
  }

  /// A file of weights with what else a prediction needs, where it lacks that: fitted constants, as whole sites,
  /// quantiles, and the lists in the metadata, from the run's own file.
  package static func completed(
    _ file: Safetensors, by own: Safetensors, sites: [String], quantiles: [String]
  ) -> Safetensors {
    var result = file
    result.metadata.merge(own.metadata) { given, _ in given }
    let known = Set(file.tensors.map(\.name))
    for (name, value) in own.tensors where !known.contains(name) {
      let site = sites.first { name.hasPrefix($0 + ".") }
      let isWhole = site.map { site in !known.contains { $0.hasPrefix(site + ".") } } ?? false
      if isWhole || quantiles.contains(name) { result.tensors.append((name, value)) }
    }
    return result
  }

  /// Copies weights and statistics that carry the models' names into the store.
  ///
  /// Throws where one is missing or has another shape.
  package static func load(
    _ file: Safetensors, path: String, layouts: [ModelLayout], into store: ParameterStore
  ) throws {
    var byName: [String: HostTensor] = [:]
    for (name, value) in file.tensors { byName[name] = value }
    for layout in layouts {
      var vector = [Float](repeating: 0, count: layout.count)
      for entry in layout.trainable {
        let value = try tensor(entry.request, in: byName, path: path)
        vector.replaceSubrange(entry.offset..<entry.offset + entry.count, with: value.floats)
      }
      try store.set(layout.vectorPath, HostTensor(shape: [layout.count], vector))
      for request in layout.statistics {
        try store.set(
          request.path, HostTensor(shape: request.shape, try tensor(request, in: byName, path: path).floats))
      }
    }
  }

  private static func tensor(
    _ request: WeightRequest, in file: [String: HostTensor], path: String
  ) throws(FileFailure) -> HostTensor {
    guard let value = file[request.path] else {
      let near = closestName(to: request.path, among: file.keys)
      let hint = near.map { "; the closest name in it is \($0)" } ?? ""
      throw FileFailure(path: path, reason: "it has no tensor \(request.path)\(hint)", isOfContents: true)
    }
    guard value.shape == request.shape else {
      throw FileFailure(
        path: path, reason: "\(request.path) has the shape \(value.shape) there, and the model needs \(request.shape)",
        isOfContents: true)
    }
    return value
  }

  /// The constants of fitted transforms, by site, as far as the file has them.
  package static func constants(in file: Safetensors, sites: [String]) -> [String: [String: HostTensor]] {
    var result: [String: [String: HostTensor]] = [:]
    for (name, value) in file.tensors {
      guard let site = sites.first(where: { name.hasPrefix($0 + ".") }) else { continue }
      result[site, default: [:]][String(name.dropFirst(site.count + 1))] = value
    }
    return result
  }

  /// The list of categories of each column, nil where it has none.
  package static func categories(in file: Safetensors, data: CheckedData) -> [CategoryList?] {
    let lists = file.metadata[categoriesKey].flatMap { JSONReader.read(Array($0.utf8)) }?[data.name]
    return data.columns.map { use in
      guard use.role == .category, let values = lists?[use.shownName]?.array else { return nil }
      return CategoryList(
        distinct: values.compactMap(\.string), mayBeNumeric: data.source.kind != "text" && use.tokens == nil)
    }
  }
}

extension ColumnUse {
  /// The name under which the column's categories are saved.
  var shownName: String {
    let name =
      switch key {
      case .name(let name): name
      case .position(let position): "column \(position)"
      }
    return tokens == nil ? name : "\(name), tokens"
  }
}
