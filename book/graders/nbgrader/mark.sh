# Mark each  submitted/NAME/layers/layers.ipynb .
nbgrader autograde layers
nbgrader generate_feedback layers
python points.py > points.csv
