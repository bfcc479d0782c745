import Declarations

/// Everything built in that a user can name. Adding one is one new file and one line here.
package enum Catalog {
  package static let callables: [CallableDeclaration] = []
  package static let metrics: [MetricDeclaration] = []
  package static let initializers: [InitializerDeclaration] = []
  package static let optimizers: [OptimizerDeclaration] = []
  package static let schedules: [ScheduleDeclaration] = []
  package static let transforms: [TransformDeclaration] = []

  package static let callable = Dictionary(uniqueKeysWithValues: callables.map { ($0.name, $0) })
  package static let metric = Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0) })
  package static let initializer = Dictionary(uniqueKeysWithValues: initializers.map { ($0.name, $0) })
  package static let optimizer = Dictionary(uniqueKeysWithValues: optimizers.map { ($0.name, $0) })
  package static let schedule = Dictionary(uniqueKeysWithValues: schedules.map { ($0.name, $0) })
  package static let transform = Dictionary(uniqueKeysWithValues: transforms.map { ($0.name, $0) })
}
