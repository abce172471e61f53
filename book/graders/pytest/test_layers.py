"""One test a part; conftest.py gives each its cases."""

import pytest


@pytest.mark.part("conv", "y", points=6)
def test_forward(case, layer):
    case(layer("conv_forward"))


@pytest.mark.part("conv", "dx", points=6)
def test_dx(case, layer):
    case(layer("conv_forward"), layer("conv_backward"))


@pytest.mark.part("conv", "dw", points=4)
def test_dw(case, layer):
    case(layer("conv_forward"), layer("conv_backward"))


@pytest.mark.part("conv", "db", points=2)
def test_db(case, layer):
    case(layer("conv_forward"), layer("conv_backward"))


@pytest.mark.part("max_pool", "y", points=2)
def test_max_pool(case, layer):
    case(layer("max_pool_forward"))


@pytest.mark.part("max_pool", "dx", points=4)
def test_max_pool_dx(case, layer):
    case(layer("max_pool_forward"), layer("max_pool_backward"))


@pytest.mark.part("batch_norm", "y", points=2)
def test_batch_norm(case, layer):
    case(layer("batch_norm_forward"))


@pytest.mark.part("batch_norm", "dx", points=4)
def test_batch_norm_dx(case, layer):
    case(layer("batch_norm_forward"), layer("batch_norm_backward"))


@pytest.mark.part("batch_norm", "dgamma", "dbeta", points=2)
def test_batch_norm_parameters(case, layer):
    case(layer("batch_norm_forward"), layer("batch_norm_backward"))
