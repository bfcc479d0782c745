/// What `nnc plan` prints for the perceptron.
let expectedDescription = """
  batch 16: 10 instructions, 4870 floating-point operations, arena 1536 bytes (at least 1536)
  0  @0[16, 8]              = matmul 16×4·4×8 (x, flat[0..<32]) + flat[32..<40] → relu               Net.dense_1
  1  @1344[16, 3]           = matmul 16×8·8×3 (@0, flat[40..<64]) + flat[64..<67]                    Net.dense_2
  2  @1344[16, 3], @512[16] = softmax_cross_entropy', softmax_cross_entropy 16×3 (@1344, y, 0.0625)  Net.loss
  3  loss[]                 = loop 16 { sum(@512)·0.0625 }                                           Net.loss
  4  @1280[3]               = loop 16×3 { column_sum(@1344) }                                        Net.dense_2
  5  @1184[24]              = matmul 8×16ᵀ·16×3 (@0, @1344)                                          Net.dense_2
  6  @512[16, 8]            = matmul 16×3·3×8ᵀ (@1344, flat[40..<64]) · relu'(@0)                    Net.dense_2
  7  @1152[8]               = loop 16×8 { column_sum(@512) }                                         Net.dense_1
  8  @1024[32]              = matmul 4×16ᵀ·16×8 (x, @512)                                            Net.dense_1
  9  flat[67]               = loop 67 { (@1024·negate(rate[]) + flat) }                              sgd

  """
