import Driver

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

signal(SIGPIPE, SIG_IGN)
exit(runCommandLine(Array(CommandLine.arguments.dropFirst()), console: .standard()).rawValue)
