"""The first page's own name as an address."""


def test_overview_address_redirects_to_the_first_page(site):
    """Streamlit serves the first page at the root only; its name leads there."""
    response = site.browser("viewer").get("/overview")
    assert response.status_code == 308
    assert response.headers["location"] == "/"
