// The sentences of `explain` in English.
#include "rules/language/phrases.h"

namespace lamplight::rules {

extern const PhraseTable kEnglish;
extern const std::string_view kEnglishSignals;

constexpr PhraseTable kEnglish = {{
    {Phrase::child, "the child"},
    {Phrase::own_named, "{0}'s {1}"},
    {Phrase::own_unnamed, "the child's {0}"},
    {Phrase::device_oximeter, "the oximeter"},
    {Phrase::device_ventilator, "the ventilator"},
    {Phrase::device_pump, "the feeding pump"},
    {Phrase::device_contact, "the contact"},
    {Phrase::hour, "{0} hour"},
    {Phrase::hours, "{0} hours"},
    {Phrase::minute, "{0} minute"},
    {Phrase::minutes, "{0} minutes"},
    {Phrase::second, "{0} second"},
    {Phrase::seconds, "{0} seconds"},
    {Phrase::at_profile, "{0} at {1}"},
    {Phrase::plus, "{0} plus {1}"},
    {Phrase::minus, "{0} minus {1}"},
    {Phrase::times, "{0} times {1}"},
    {Phrase::divided_by, "{0} divided by {1}"},
    {Phrase::age_of, "the time since {0} was last measured"},
    {Phrase::mean_of, "the mean of {0} over {1}"},
    {Phrase::minimum_of, "the lowest of {0} over {1}"},
    {Phrase::maximum_of, "the highest of {0} over {1}"},
    {Phrase::change_of, "the change of {0} over {1}"},
    {Phrase::drop_of, "the drop of {0} over {1}"},
    {Phrase::rise_of, "the rise of {0} over {1}"},
    {Phrase::share_of, "the share of time in which ({0}) over {1}"},
    {Phrase::below, "below {0}"},
    {Phrase::at_most, "{0} or less"},
    {Phrase::above, "above {0}"},
    {Phrase::at_least, "{0} or more"},
    {Phrase::is, "{0} is {1}"},
    {Phrase::stays, "{0} stays {1}"},
    {Phrase::is_between, "{0} is between {1} and {2} (both included)"},
    {Phrase::stays_between, "{0} stays between {1} and {2} (both included)"},
    {Phrase::is_word, "{0} is '{1}'"},
    {Phrase::stays_word, "{0} stays '{1}'"},
    {Phrase::is_not_word, "{0} is not '{1}'"},
    {Phrase::stays_not_word, "{0} stays not '{1}'"},
    {Phrase::is_measured, "{0} is measured"},
    {Phrase::stays_measured, "{0} stays measured"},
    {Phrase::is_not_measured, "{0} is not measured"},
    {Phrase::stays_not_measured, "{0} stays not measured"},
    {Phrase::is_pressed, "'{0}' is pressed"},
    {Phrase::stays_pressed, "'{0}' stays pressed"},
    {Phrase::alarm_rings, "'{0}' rings"},
    {Phrase::alarm_keeps_ringing, "'{0}' keeps ringing"},
    {Phrase::device_says, "{0} says '{1}'"},
    {Phrase::device_keeps_saying, "{0} keeps saying '{1}'"},
    {Phrase::sound_is_off, "the sound of {0} is off"},
    {Phrase::sound_stays_off, "the sound of {0} stays off"},
    {Phrase::on_mains, "{0} is on mains power"},
    {Phrase::stays_on_mains, "{0} stays on mains power"},
    {Phrase::is_true, "{0}"},
    {Phrase::stays_true, "{0} stays true"},
    {Phrase::or_else, "{0} or {1}"},
    {Phrase::and_also, "{0} and {1}"},
    {Phrase::negated, "not ({0})"},
    {Phrase::holds, "({0}) holds"},
    {Phrase::for_span, "{0} for {1}"},
    {Phrase::gaps_not_counting, "{0}, gaps of up to {1} not counting"},
    {Phrase::within_last, "{0} at some time in the last {1}"},
    {Phrase::ever_since, "{0} ever since {1}"},
    {Phrase::begins_once, "{0} begins {1} time or more within {2}"},
    {Phrase::begins_often, "{0} begins {1} times or more within {2}"},
    {Phrase::shortfall,
     "{0} below {1} adds up to {2} (depth times seconds, forgotten after {3} at or above it)"},
    {Phrase::excess,
     "{0} above {1} adds up to {2} (depth times seconds, forgotten after {3} at or below it)"},
    {Phrase::bound_for, "{0} for {1}"},
    {Phrase::head, "Rules {0} \"{1}\"."},
    {Phrase::head_with_plan, "Rules {0} \"{1}\", plan {2} for {3}."},
    {Phrase::profile_hours, "'{0}' is {1} to {2}{3}."},
    {Phrase::on_days, " on {0}"},
    {Phrase::monday, "Monday"},
    {Phrase::tuesday, "Tuesday"},
    {Phrase::wednesday, "Wednesday"},
    {Phrase::thursday, "Thursday"},
    {Phrase::friday, "Friday"},
    {Phrase::saturday, "Saturday"},
    {Phrase::sunday, "Sunday"},
    {Phrase::rings_when, "{0} ({1}): rings when {2}."},
    {Phrase::is_shown_when, "{0} ({1}): is shown, without a sound, when {2}."},
    {Phrase::priority_info, "info"},
    {Phrase::priority_low, "low"},
    {Phrase::priority_medium, "medium"},
    {Phrase::priority_high, "high"},
    {Phrase::stops_by_itself, " Stops by itself {0}."},
    {Phrase::stops_latched, " Stops {0} and somebody has acknowledged it at the bedside."},
    {Phrase::when_over, "when this has been over for 5 seconds"},
    {Phrase::at_bound, "at {0}"},
    {Phrase::when_condition, "when {0}"},
    {Phrase::becomes, " Becomes {0} when {1}."},
    {Phrase::becomes_more_urgent, " Becomes more urgent when {0}."},
    {Phrase::missing, " If {0} cannot be measured for {1} a separate alarm rings."},
    {Phrase::unknown_ends, " Ends by itself after it could not be judged for {0}."},
    {Phrase::held_back, " Not rung while {0}."},
    {Phrase::held_back_at_most, " Not rung while {0} ({1} at most)."},
    {Phrase::never_held_back, " Nothing can hold it back."},
    {Phrase::called_at_once, " The {0} is called at once (not carried out yet)."},
    {Phrase::called_after, " The {0} is called if nobody reacts in {1} (not carried out yet)."},
    {Phrase::reminds, " Reminds every {0} once acknowledged."},
    {Phrase::told_at_most,
     " People are told of it at most {0} times in {1} (not carried out yet)."},
    {Phrase::means, " '{0}' means: {1}."},
    {Phrase::lost_rings,
     "{0} ({1}): rings when {2} cannot be measured for {3}{4}. Stops by itself when it has been "
     "measured again for 5 seconds."},
    {Phrase::lost_share, ", or for {0} % of {1}"},
    {Phrase::turned_off, "Turned off: {0} (by {1} on {2}: {3})."},
    {Phrase::without, "Without {0} (by {1} on {2}: {3})."},
    {Phrase::not_read, "  not read: {0}"},
    {Phrase::does_not_ring, "  does not ring: {0}"},
    {Phrase::totals, "{0} signals, {1} alarms, {2} operations, {3} bytes of state."},
}};

constexpr std::string_view kEnglishSignals =
    "oximeter.spo2 ~oxygen\n"
    "oximeter.pulse ~pulse\n"
    "oximeter.perfusion ~perfusion index\n"
    "ventilator.pip the airway pressure\n"
    "ventilator.peep the end-expiratory pressure\n"
    "ventilator.p_mean the mean airway pressure\n"
    "ventilator.vti the inspired breath volume\n"
    "ventilator.vte the exhaled breath volume\n"
    "ventilator.rate ~breathing rate\n"
    "ventilator.minute_volume ~minute volume\n"
    "ventilator.leak the leak\n"
    "ventilator.fio2 the inspired oxygen\n"
    "ventilator.since_breath the time since the last breath\n"
    "ventilator.spo2 ~oxygen at the ventilator\n"
    "ventilator.pulse ~pulse at the ventilator\n"
    "ventilator.battery the charge of the ventilator's battery\n"
    "ventilator.state the state of the ventilator\n"
    "pump.state the state of the feeding pump\n"
    "pump.rate the feed rate\n"
    "pump.rate_set the feed rate as set\n"
    "pump.delivered the delivered feed\n"
    "pump.total the total feed\n"
    "pump.pressure_down the pressure in the feeding tube\n"
    "pump.pressure_up the suction at the feed bag\n"
    "pump.battery the charge of the pump's battery\n"
    "contact.state the state of the alarm contact\n";

}  // namespace lamplight::rules
