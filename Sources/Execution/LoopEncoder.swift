import CKernels
import Graphs
import Lowering

/// Builds the tile program of a loop.
enum LoopEncoder {
  static func program(_ loop: Loop) -> OpaquePointer {
    let program = nnk_program_create(Int64(loop.rows), Int64(loop.columns))
    var registers: [Int32] = []
    for value in loop.values {
      switch value {
      case .constant(let number): registers.append(nnk_program_constant(program, number))
      case .input(let access, let element): registers.append(input(program, access, type(element)))
      case .operation(let function, let operands):
        let arguments = operands.map { registers[$0] } + [0, 0, 0]
        registers.append(nnk_program_op(program, opcode(function), arguments[0], arguments[1], arguments[2]))
      }
    }
    for result in loop.results {
      switch result {
      case .store(let value, let element): nnk_program_output(program, registers[value], type(element))
      case .storeRows(let value, let element, let distance):
        nnk_program_output_rows(program, registers[value], type(element), Int64(distance))
      case .rowSum(let value, let scale):
        nnk_program_reduce(program, registers[value], nnk_reduction_row_sum, scale, false)
      case .rowMaximum(let value): nnk_program_reduce(program, registers[value], nnk_reduction_row_max, 1, false)
      case .columnSum(let value, let scale):
        nnk_program_reduce(program, registers[value], nnk_reduction_column_sum, scale, false)
      case .totalSum(let value, let scale):
        nnk_program_reduce(program, registers[value], nnk_reduction_total_sum, scale, false)
      }
    }
    nnk_program_seal(program)
    return program
  }

  private static func input(_ program: OpaquePointer, _ access: Loop.Access, _ type: nnk_type) -> Int32 {
    switch access {
    case .contiguous: return nnk_program_input(program, type)
    case .scalar: return nnk_program_input_scalar(program)
    case .periodic(let period): return nnk_program_input_periodic(program, Int64(period), type)
    case .repeated(let times): return nnk_program_input_repeated(program, Int64(times), type)
    case .strided(let sizes, let strides):
      precondition(sizes.count <= 8, "a view has at most 8 axes")
      return nnk_program_input_strided(
        program, Int32(sizes.count), sizes.map(Int64.init), strides.map(Int64.init), type)
    }
  }

  private static func type(_ element: Loop.Element) -> nnk_type {
    switch element {
    case .float32: nnk_type_float
    case .int32: nnk_type_int32
    case .uint8: nnk_type_uint8
    case .bits: nnk_type_bits
    }
  }

  private static func opcode(_ function: LoopFunction) -> nnk_opcode {
    switch function {
    case .scalar(let scalar): opcode(scalar)
    case .multiplyAdd: nnk_op_fma
    case .equalBits: nnk_op_eq_bits
    case .not: nnk_op_not
    case .ceiling: nnk_op_ceil
    case .copy: nnk_op_copy
    }
  }

  private static func opcode(_ function: ScalarFunction) -> nnk_opcode {
    switch function {
    case .add: nnk_op_add
    case .subtract: nnk_op_sub
    case .multiply: nnk_op_mul
    case .divide: nnk_op_div
    case .power: nnk_op_pow
    case .minimum: nnk_op_min
    case .maximum: nnk_op_max
    case .negate: nnk_op_neg
    case .absolute: nnk_op_abs
    case .sign: nnk_op_sign
    case .floor: nnk_op_floor
    case .square: nnk_op_square
    case .squareRoot: nnk_op_sqrt
    case .reciprocalSquareRoot: nnk_op_rsqrt
    case .reciprocal: nnk_op_reciprocal
    case .exp: nnk_op_exp
    case .log: nnk_op_log
    case .log1p: nnk_op_log1p
    case .expm1: nnk_op_expm1
    case .sin: nnk_op_sin
    case .cos: nnk_op_cos
    case .tanh: nnk_op_tanh
    case .sigmoid: nnk_op_sigmoid
    case .softplus: nnk_op_softplus
    case .erf: nnk_op_erf
    case .relu: nnk_op_relu
    case .equal: nnk_op_eq
    case .notEqual: nnk_op_ne
    case .less: nnk_op_lt
    case .lessOrEqual: nnk_op_le
    case .select: nnk_op_select
    case .isNaN: nnk_op_isnan
    }
  }
}
