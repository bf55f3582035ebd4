from stance.text.inputs import Inputs


def test_what_is_switched_on_stands_before_the_sentence_and_what_is_unknown_says_so():
    assert Inputs().compose("No.", target="Moscow", holder="Minsk", context="War?") == "No."
    assert Inputs(holder=True).compose("No.", holder="Minsk") == "Minsk || No."
    assert (
        Inputs(target=True, holder=True, context=True).compose("No.", target="Moscow")
        == "Moscow || unknown || unknown || No."
    )
