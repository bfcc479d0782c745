let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "models": try benchmarkModels(Array(arguments.dropFirst()))
default: print("usage: nnbench models [threads] [plan]")
}
