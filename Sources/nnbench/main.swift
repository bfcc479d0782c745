import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "models": try benchmarkModels(Array(arguments.dropFirst()))
case "fuzz": if !fuzz(Array(arguments.dropFirst())) { exit(1) }
case "gemm": benchmarkGemm(Array(arguments.dropFirst()))
case "elementwise": benchmarkElementwise(Array(arguments.dropFirst()))
default: print("usage: nnbench models [threads] [plan] | gemm [ISA] | elementwise [ISA] | fuzz COUNT [FIRST [SIZE]]")
}
