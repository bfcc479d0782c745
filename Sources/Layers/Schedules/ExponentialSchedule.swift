import Declarations

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ScheduleDeclaration {
  /// Falls by the same share in every step.
  package static let exponential = ScheduleDeclaration(
    "exponential", summary: "Falls by the same share in every step",
    formula: "rate(t) = from · factor^((t − warmup) / every); from · (t + 1) / warmup while t < warmup",
    settings: [
      .scheduleStart,
      SettingDeclaration(
        "factor", .real(.positive), default: .real(0.1), doc: "What the rate is multiplied by over `every` steps."),
      SettingDeclaration(
        "every", .integer(1...1_000_000_000), default: .integer(1_000),
        doc: "The number of steps in which the rate is multiplied by `factor`."),
      .warmup,
    ],
    aliases: ["ExponentialLR", "ExponentialDecay"]
  ) { settings, step, _ in
    let (from, warmup) = (settings.real("from"), settings.integer("warmup"))
    if let share = warmupShare(step: step, warmup: warmup) { return from * share }
    return from * pow(settings.real("factor"), Double(step - warmup) / Double(settings.integer("every")))
  }
}
