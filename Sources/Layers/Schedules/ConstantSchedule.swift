import Declarations

extension ScheduleDeclaration {
  /// One rate, with an optional warmup.
  package static let constant = ScheduleDeclaration(
    "constant", summary: "Keeps one rate, after an optional warmup",
    formula: "rate(t) = value · min(1, (t + 1) / warmup)",
    settings: [
      SettingDeclaration(
        "value", .real(.nonNegative), isPositional: true, doc: "The rate of every step after the warmup."), .warmup,
    ],
    aliases: ["ConstantLR", "LinearLR"]
  ) { settings, step, _ in
    settings.real("value") * (warmupShare(step: step, warmup: settings.integer("warmup")) ?? 1)
  }
}
