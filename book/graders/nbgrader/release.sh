# From  source/layers/layers.ipynb , make  release/layers/layers.ipynb .
nbgrader generate_assignment layers
