[(body) (data_block) (train_block) (sweep_block) (test_block) (step_block) (list) (record) (arguments)] @fold
