#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// A function of one number that constant expressions may use.
func scalarFunction(_ name: String, _ x: Double) -> Double {
  switch name {
  case "sqrt": sqrt(x)
  case "exp": exp(x)
  case "log": log(x)
  case "abs": abs(x)
  case "floor": floor(x)
  case "ceil": ceil(x)
  case "sin": sin(x)
  case "cos": cos(x)
  case "tanh": tanh(x)
  default: preconditionFailure("no function \(name) of a number")
  }
}
