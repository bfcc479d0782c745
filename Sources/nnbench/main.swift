import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "models": try benchmarkModels(Array(arguments.dropFirst()))
case "fuzz": if !fuzz(Array(arguments.dropFirst())) { exit(1) }
case "--peers": if !benchmarkPeers(Array(arguments.dropFirst())) { exit(1) }
case "scaling": try benchmarkScaling(Array(arguments.dropFirst()))
case "threads": try benchmarkThreads(Array(arguments.dropFirst()))
case "units": if !measureUnits(Array(arguments.dropFirst())) { exit(1) }
case "gemm": benchmarkGemm(Array(arguments.dropFirst()))
case "conv": benchmarkConvolutions(Array(arguments.dropFirst()))
case "elementwise": benchmarkElementwise(Array(arguments.dropFirst()))
case "pages": if !writePages(Array(arguments.dropFirst())) { exit(1) }
default:
  print(
    """
    usage: nnbench models [MODEL…] [THREADS] [plan]   microseconds of a training step
           nnbench --peers PYTHON [ROUNDS] [MODEL…]   the same beside PyTorch and JAX, as a table of ratios
           nnbench scaling [THREADS]                  a step's time by batch, width and depth
           nnbench threads [ROUNDS]                   a multiply and the models on one thread and on two
           nnbench gemm | conv | elementwise [ISA]    kernels against the core's peak
           nnbench units [NAME…]                      errors of exp, log, … over all 2³² inputs
           nnbench fuzz COUNT [FIRST [SIZE]]          random programs: plans against the reference
           nnbench pages [REPOSITORY]                 writes the generated pages of grammar/ anew
    """)
}
