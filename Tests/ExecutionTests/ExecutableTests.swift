import Execution
import Graphs
import Lowering
import Tensors
import Testing

/// y = tanh(x W + b) W', large enough that every kernel is cut into parts; a loss, its gradient, and a step.
private func wideNetwork(_ width: Int) -> Graph {
  let b = GraphBuilder()
  let x = b.input("x", ValueType([width], isShared: false))
  let w = b.parameter("w", shape: [width, width])
  let bias = b.parameter("b", shape: [width])
  let y = b.softmax(b.tanh(b.add(b.contract(x, w), bias)))
  let loss = b.meanOverBatch(b.sum(b.square(b.subtract(y, x))))
  let gradients = b.gradients(of: loss, by: [w, bias])
  _ = b.assign("w", b.subtract(w, b.multiply(gradients[0], 0.1)))
  _ = b.assign("b", b.subtract(bias, b.multiply(gradients[1], 0.1)))
  return b.finish(outputs: [("loss", loss)])
}

private func prepared(_ width: Int, batch: Int, threads: Int) throws -> (Executable, ParameterStore) {
  let store = ParameterStore()
  var random = PhiloxSequence(seed: 7, path: "test")
  for value in [try store.allocate("w", shape: [width, width]), try store.allocate("b", shape: [width])] {
    for index in value.indices { value[index] = Float(random.unit() - 0.5) }
  }
  let executable = try Executable(lower(wideNetwork(width), batch: batch), store: store, threads: threads)
  let input = executable.input("x").bindMemory(to: Float.self)
  for index in input.indices { input[index] = Float(random.unit()) }
  return (executable, store)
}

@Suite struct ExecutableTests {
  @Test func largeStepsHaveTheSameBitsOnAnyNumberOfThreads() throws {
    var snapshots: [[String: HostTensor]] = []
    for threads in [1, 2, 3, 8] {
      let (executable, store) = try prepared(256, batch: 192, threads: threads)
      for step in 0..<3 { executable.run(iteration: UInt64(step)) }
      snapshots.append(withExtendedLifetime(executable) { store.snapshot() })
    }
    #expect(snapshots.allSatisfy { $0 == snapshots[0] })
  }

  @Test func aRunAllocatesNothing() throws {
    let (executable, _) = try prepared(128, batch: 64, threads: 2)
    executable.run()
    // Other tests allocate at the same time: a run that allocated itself would leave no attempt without a count.
    let isQuiet = (0..<500).contains { _ in
      let before = Executable.allocationCount
      executable.run()
      return Executable.allocationCount == before
    }
    #expect(isQuiet)
  }

  @Test func trainingReducesTheLoss() throws {
    let (executable, _) = try prepared(16, batch: 8, threads: 1)
    executable.run()
    let first = executable.output("loss")[0]
    for _ in 0..<200 { executable.run() }
    let last = executable.output("loss")[0]
    #expect(last < first)
    withExtendedLifetime(executable) {}
  }

  @Test func programsShareWeightsAndArena() throws {
    let b = GraphBuilder()
    let w = b.parameter("w", shape: [3])
    let y = b.multiply(b.input("x", ValueType([3], isShared: false)), b.lift(w))
    let write = b.assign("w", b.batchSum(y))
    let train = b.finish(outputs: [], effects: [write])
    let predict = b.finish(outputs: [("y", y)], effects: [])
    let store = ParameterStore()
    try store.allocate("w", shape: [3])
    try store.set("w", HostTensor(shape: [3], [1, 2, 3]))
    let plans = [try lower(train, batch: 2), try lower(predict, batch: 1)]
    let arena = try AlignedMemory(byteCount: plans.map(\.arenaBytes).max() ?? 0)
    let trainer = try Executable(plans[0], store: store, arena: arena)
    let predictor = try Executable(plans[1], store: store, arena: arena)
    trainer.input("x").bindMemory(to: Float.self).update(repeating: 1)
    predictor.input("x").bindMemory(to: Float.self).update(repeating: 1)
    trainer.run()
    predictor.run()
    #expect(Array(predictor.output("y")) == [2, 4, 6])
    #expect(store.tensor("w")?.floats == [2, 4, 6])
    withExtendedLifetime((trainer, predictor)) {}
  }

  @Test func refusesPlansWithoutTheirWeights() throws {
    let plan = try lower(wideNetwork(4), batch: 2)
    #expect(throws: ExecutionError.missingParameter("w")) { try Executable(plan, store: ParameterStore()) }
    let store = ParameterStore()
    try store.allocate("w", shape: [4, 3])
    #expect(throws: ExecutionError.mismatchedParameter("w", expected: [4, 4], found: [4, 3])) {
      try Executable(plan, store: store)
    }
  }

  @Test func profilesEveryInstruction() throws {
    let (executable, _) = try prepared(32, batch: 8, threads: 1)
    let profile = executable.profile(steps: 5)
    #expect(profile.steps == 5)
    #expect(profile.nanoseconds.count == executable.plan.instructions.count)
    #expect(profile.nanoseconds.reduce(0, +) > 0)
  }
}

@Suite struct ParameterStoreTests {
  @Test func restoresASnapshot() throws {
    let store = ParameterStore()
    let values = try store.allocate("a", shape: [2, 2])
    #expect(Int(bitPattern: values.baseAddress) % 64 == 0)
    try store.set("a", HostTensor(shape: [2, 2], [1, 2, 3, 4]))
    let snapshot = store.snapshot()
    values[0] = 9
    try store.restore(snapshot)
    #expect(store.tensor("a") == HostTensor(shape: [2, 2], [1, 2, 3, 4]))
  }

  @Test func refusesOtherShapes() throws {
    let store = ParameterStore()
    try store.allocate("a", shape: [2])
    #expect(throws: ExecutionError.mismatchedParameter("a", expected: [2], found: [3])) {
      try store.set("a", HostTensor(shape: [3], [1, 2, 3]))
    }
    #expect(throws: ExecutionError.mismatchedParameter("a", expected: [3], found: [2])) {
      try store.allocate("a", shape: [3])
    }
    #expect(throws: ExecutionError.missingParameter("b")) { try store.restore(["b": HostTensor(shape: [0], [])]) }
  }

  @Test func refusesWhatDoesNotFit() {
    #expect(throws: ExecutionError.self) { try ParameterStore().allocate("a", shape: [1 << 40]) }
    #expect(throws: ExecutionError.self) { try ParameterStore().allocate("a", shape: [1 << 40, 1 << 40]) }
  }
}
