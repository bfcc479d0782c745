[(body) (data_block) (train_block) (sweep_block) (test_block) (step_block)] @indent.begin
[(list) (record) (arguments) (parameters)] @indent.begin
["}" ")" "]"] @indent.branch @indent.end
