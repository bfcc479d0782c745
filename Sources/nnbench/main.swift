import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "models": try benchmarkModels(Array(arguments.dropFirst()))
case "fuzz": if !fuzz(Array(arguments.dropFirst())) { exit(1) }
default: print("usage: nnbench models [threads] [plan] | fuzz COUNT [FIRST [SIZE]]")
}
