import CKernels
import Execution
import Graphs
import Lowering

/// `nnbench fuzz COUNT [FIRST [SIZE]]`: runs COUNT random graphs by optimised plans, by unoptimised ones and with one
/// pass switched off in turn, and compares all with the reference interpreter. Ends with status 1 at a fault.
func fuzz(_ arguments: [String]) -> Bool {
  let numbers = arguments.compactMap { UInt64($0) }
  let count = numbers.first ?? 1000
  let first = numbers.count > 1 ? numbers[1] : 0
  let size = numbers.count > 2 ? Int(numbers[2]) : nil
  var faults = 0
  for seed in first..<first + count {
    let random = RandomGraph.make(seed: seed, size: size ?? 5 + Int(seed % 40), families: [.images, .batches, .scans])
    let check = PlanCheck(random)
    // What is drawn may cancel, so that only differences beside 1 tell.
    for fault in check.faults(switchingOff: Int(seed) % LoweringOptions.passes.count, floor: 1) {
      print("seed \(seed): \(fault)")
      faults += 1
      if arguments.contains("explain") { explain(check) }
    }
    if (seed - first + 1) % 1000 == 0 { print("\(seed - first + 1) graphs, \(faults) faults") }
  }
  print("\(count) graphs, \(faults) faults")
  return faults == 0
}

/// Prints the plan, and which passes hide the fault when switched off.
private func explain(_ check: PlanCheck) {
  for (index, pass) in LoweringOptions.passes.enumerated() {
    let faults = check.faults(switchingOff: index, floor: 1)
    print("  without \(pass.name): \(faults.first { $0.hasPrefix("without") } ?? "no fault")")
  }
  if let plan = try? lower(check.graph, batch: check.batch) { print(plan.description) }
}
