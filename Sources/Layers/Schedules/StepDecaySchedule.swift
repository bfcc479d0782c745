import Declarations

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ScheduleDeclaration {
  /// Falls by a factor at even intervals.
  package static let stepDecay = ScheduleDeclaration(
    "step_decay", summary: "Stays, and is multiplied by a factor every so many steps",
    formula: "rate(t) = from · factor^floor((t − warmup) / every); from · (t + 1) / warmup while t < warmup",
    settings: [
      .scheduleStart,
      SettingDeclaration("factor", .real(.positive), default: .real(0.1), doc: "What the rate is multiplied by."),
      SettingDeclaration(
        "every", .integer(1...1_000_000_000), doc: "The number of steps between two multiplications."),
      .warmup,
    ],
    aliases: ["StepLR"]
  ) { settings, step, _ in
    let (from, warmup) = (settings.real("from"), settings.integer("warmup"))
    if let share = warmupShare(step: step, warmup: warmup) { return from * share }
    return from * pow(settings.real("factor"), Double((step - warmup) / settings.integer("every")))
  }
}
