/// What `nnc plan` prints for the perceptron.
let expectedDescription = """
  TO BE RECORDED

  """
